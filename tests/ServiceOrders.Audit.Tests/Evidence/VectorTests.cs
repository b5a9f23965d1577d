using System.Globalization;
using System.Text;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Leaves;

namespace ServiceOrders.Audit.Tests.Evidence;

/// <summary>
/// The vectors beside this project, for whoever writes a second verifier: they are what this code makes, byte for byte up to signatures (ECDSA signs the same text each time otherwise). <c>UPDATE_VECTORS=1</c>
/// writes them anew; the key is kept.
/// </summary>
public class VectorTests
{
    internal static readonly string Folder = Find();

    internal static byte[] Bundle => File.ReadAllBytes(Path.Combine(Folder, "bundle.json"));
    internal static string Note => Read("checkpoint.txt");
    internal static VerificationKey PublicKey => VerificationKey.FromPem(Read("public-key.pem"));

    [Fact]
    public void The_vectors_are_what_is_written_today()
    {
        using var key = SigningKey.FromPem(Read("signing-key.pem"));
        if (Environment.GetEnvironmentVariable("UPDATE_VECTORS") == "1") Update(key);

        Read("public-key.pem").ShouldBe(key.Public.Pem);
        Read("leaves.txt").ShouldBe(Leaves());
        var note = SignedNote.Parse(Note);
        note.Checkpoint.ShouldBe(SampleLog.Checkpoint);
        note.IsSignedBy(key.Public).ShouldBeTrue();
        Encoding.UTF8.GetString(Unsigned(Bundle)).ShouldBe(Encoding.UTF8.GetString(Unsigned(BundleWriter.Write(SampleLog.Bundle(note, key.Public), key))));
    }

    [Fact]
    public void The_bundle_of_the_vectors_holds()
    {
        var verdict = new BundleVerifier([PublicKey], [SignedNote.Parse(Note)]).Verify(Bundle);
        verdict.Failures.ShouldBeEmpty();
        verdict.Proven.ShouldContain(s => s.Contains(SampleLog.Number, StringComparison.Ordinal));
    }

    private static void Update(SigningKey key)
    {
        var note = SignedNote.Sign(SampleLog.Checkpoint, key);
        File.WriteAllText(Path.Combine(Folder, "public-key.pem"), key.Public.Pem);
        File.WriteAllText(Path.Combine(Folder, "leaves.txt"), Leaves());
        File.WriteAllText(Path.Combine(Folder, "checkpoint.txt"), note.Text);
        File.WriteAllBytes(Path.Combine(Folder, "bundle.json"), BundleWriter.Write(SampleLog.Bundle(note, key.Public), key));
    }

    private static string Leaves() => string.Concat(SampleLog.Events.Select((e, i) =>
        string.Create(CultureInfo.InvariantCulture, $"{i} {EventEncoding.HashOf(e)} {Convert.ToHexStringLower(EventEncoding.Encode(e))}\n")));

    private static byte[] Unsigned(byte[] bundle) => bundle[..BundleReader.Read(bundle).SignedLength];

    private static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var vectors = Path.Combine(folder.FullName, "Vectors");
            // The copies beside the program are not the ones to be written.
            if (File.Exists(Path.Combine(folder.FullName, "ServiceOrders.Audit.Tests.csproj"))) return vectors;
        }
        throw new InvalidOperationException("The tests must run from their build folder inside the repository.");
    }
}
