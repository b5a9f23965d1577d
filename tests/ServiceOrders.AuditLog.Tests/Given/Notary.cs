using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.EventStore;

namespace ServiceOrders.AuditLog.Tests.Given;

/// <summary>A node that signs and sends: its keys and its file of checkpoints in a folder of its own, which goes with it.</summary>
public sealed class Notary : IAsyncDisposable
{
    private readonly StoreDatabase _database;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("notary-");

    /// <summary>A node on a ledger's database.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="like">The node whose keys it shares; null: it has none yet.</param>
    /// <param name="file">Its file of checkpoints; null: one of its own.</param>
    /// <param name="sinks">Places beside the file.</param>
    public Notary(string connectionString, Notary? like = null, string? file = null, params ICheckpointSink[] sinks)
    {
        _database = new StoreDatabase(connectionString);
        Keys = like?.Keys ?? SigningKeys.KeptIn(KeyFolder);
        File = file ?? Path.Combine(_folder.FullName, "audit", "checkpoints.log");
        Sinks = [new FileSink(File), .. sinks];
        Signer = new CheckpointSigner(_database, Keys, Sinks, _folder.Name, Time);
        Sender = new CheckpointSender(_database.Pooled, Sinks, Keys, Time);
        Worker = new CheckpointWorker(_database.Pooled, Signer, Sender, TimeSpan.FromMinutes(1), Time);
        Checkpoints = new CheckpointTable(_database.Pooled);
        KeyTable = new KeyTable(_database.Pooled);
    }

    public ManualTime Time { get; } = new();
    public string KeyFolder => Path.Combine(_folder.FullName, "keys");
    public string File { get; }
    public string Name => _folder.Name;
    public SigningKeys Keys { get; }
    public IReadOnlyList<ICheckpointSink> Sinks { get; }
    public CheckpointSigner Signer { get; }
    public CheckpointSender Sender { get; }
    public CheckpointWorker Worker { get; }
    public CheckpointTable Checkpoints { get; }
    public KeyTable KeyTable { get; }

    /// <summary>Makes the key, where there is none, and brings the one in use into the log.</summary>
    public async Task IntroduceAsync()
    {
        Keys.MakeFirst();
        var last = await Checkpoints.LatestAsync();
        var handover = Keys.Previous is { } previous ? KeyHandover.Sign(await new LogReader(_database.Pooled).IdAsync(), previous, Keys.Current!, last?.Size ?? 0, last?.Root ?? Hashing.Empty).Text : null;
        await _database.Pooled.AddKeyAsync(new IntroducedKey(Keys.Current!.Id, (await KeyTable.ListAsync()).Count + 1, Keys.Current.Public, Time.GetUtcNow(), handover));
    }

    /// <summary>Signs, and sends it outside.</summary>
    public async Task<StoredCheckpoint> SignAndSendAsync()
    {
        var outcome = await Signer.SignAsync();
        outcome.Refusal.ShouldBeNull();
        (await Sender.SendAsync()).ShouldBeNull();
        return outcome.Checkpoint.ShouldNotBeNull();
    }

    /// <summary>What is refused, and why.</summary>
    public async Task<SigningRefusal> ShouldRefuseAsync()
    {
        var before = await Checkpoints.LatestAsync();
        var outcome = await Signer.SignAsync();
        (await Checkpoints.LatestAsync()).ShouldBe(before);
        outcome.Checkpoint.ShouldBeNull();
        (await new RefusalTable(_database.Pooled).ListAsync()).ShouldContain(refusal => refusal.Node == Name && refusal.Kind == outcome.Refusal!.Kind && refusal.Detail == outcome.Refusal.Detail);
        return outcome.Refusal.ShouldNotBeNull();
    }

    /// <summary>The notes in its file.</summary>
    public IReadOnlyList<SignedNote> Filed => CheckpointFile.Read(System.IO.File.ReadAllText(File)).Checkpoints;

    public async ValueTask DisposeAsync()
    {
        await Worker.DisposeAsync();
        Sender.Dispose();
        await _database.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
