using ServiceOrders.Cli.Tests.Given;

namespace ServiceOrders.Cli.Tests.Commands;

/// <summary>What an auditor sees who has nothing but files: the vectors beside the audit log's own tests.</summary>
public sealed class VerifyCommandTests : IDisposable
{
    private static readonly string Vectors = Find();
    private static readonly string Bundle = Path.Combine(Vectors, "bundle.json"), Key = Path.Combine(Vectors, "public-key.pem"), Checkpoint = Path.Combine(Vectors, "checkpoint.txt");

    private readonly string _altered = Path.GetTempFileName();

    private static async Task<(int Exit, string Output, string Error)> VerifyAsync(params string[] arguments)
    {
        // Anything that reached for the network would fail.
        var terminal = new Terminal { Input = File.ReadAllBytes(Bundle), NewHandler = () => throw new InvalidOperationException("offline") };
        return (await terminal.Types(["verify", .. arguments]), terminal.Output, terminal.Error);
    }

    [Fact]
    public async Task Sound_evidence_holds_and_what_it_does_not_prove_is_said()
    {
        var (exit, output, error) = await VerifyAsync(Bundle);
        (exit, error).ShouldBe((0, ""));
        output.ShouldStartWith("The evidence holds.");
        output.ShouldContain("Proven:");
        output.ShouldContain("SO-1000017");
        output.ShouldContain("Not proven:");
        output.ShouldContain("Whose key it is");

        var sure = await VerifyAsync("-", "--key", Key, "--checkpoint", Checkpoint);
        sure.Exit.ShouldBe(0, sure.Error);
        sure.Output.ShouldContain("which you gave");
        sure.Output.ShouldNotContain("Whose key it is");
    }

    [Fact]
    public async Task Altered_evidence_does_not_hold()
    {
        var text = await File.ReadAllTextAsync(Bundle);
        text.ShouldContain("李雷");
        await File.WriteAllTextAsync(_altered, text.Replace("李雷", "韩雷", StringComparison.Ordinal));
        var (exit, output, _) = await VerifyAsync(_altered);
        exit.ShouldBe(1);
        output.ShouldStartWith("The evidence does not hold.");
        output.ShouldContain("altered after key");
        output.ShouldContain("version 3");
        output.ShouldNotContain("Proven:", Case.Sensitive);
    }

    [Fact]
    public async Task What_is_no_evidence_is_told_apart_from_evidence_that_fails()
    {
        await File.WriteAllTextAsync(_altered, "{}");
        (await VerifyAsync(_altered)).Exit.ShouldBe(3);
        (await VerifyAsync("/no/such/file")).Exit.ShouldBe(3);
        (await VerifyAsync(Bundle, "--key", _altered)).Exit.ShouldBe(2);
        (await VerifyAsync(Bundle, "--checkpoint", "/no/such/file")).Exit.ShouldBe(2);
        (await VerifyAsync()).Exit.ShouldBe(2);
    }

    public void Dispose() => File.Delete(_altered);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var vectors = Path.Combine(folder.FullName, "ServiceOrders.Audit.Tests", "Vectors");
            if (Directory.Exists(vectors)) return vectors;
        }
        throw new InvalidOperationException("The tests must run from their build folder inside the repository.");
    }
}
