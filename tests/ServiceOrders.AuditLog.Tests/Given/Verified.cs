using Npgsql;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Verifying;

namespace ServiceOrders.AuditLog.Tests.Given;

/// <summary>A ledger whose log is signed, sent to a file, and verified; and somebody who rules its database and switches the triggers off.</summary>
internal sealed class Verified : IAsyncDisposable
{
    private readonly Ledger _ledger;
    private DirectoryInfo _folder = Directory.CreateTempSubdirectory("audit");
    private DateTimeOffset _now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private Verified(Ledger ledger) => _ledger = ledger;

    public DateTimeOffset Now => _now;

    public string File => Path.Combine(_folder.FullName, "checkpoints.log");

    public SigningKey Key { get; private set; } = SigningKey.Create();

    /// <summary>The same keys and the same file, beside another database.</summary>
    public Verified Beside(Ledger other) => new(other) { Key = Key, _folder = _folder, _now = _now };

    public VerificationBasis Basis => new([Key.Public], File);

    public static async Task<Verified> OfAsync(Ledger ledger)
    {
        var verified = new Verified(ledger);
        await ledger.Sql.AddKeyAsync(new IntroducedKey(verified.Key.Id, 1, verified.Key.Public, verified._now));
        return verified;
    }

    /// <summary>Appends, builds and signs, some times over; every checkpoint goes to the file.</summary>
    public async Task GrowAsync(int times = 4, int streams = 30, int events = 5)
    {
        for (var i = 0; i < times; i++)
        {
            await _ledger.AppendAsync(streams, events);
            await _ledger.BuildAsync();
            await SignAsync();
        }
    }

    /// <summary>Signs what the log has, as the service does.</summary>
    public async Task<SigningOutcome> SignAsync(bool send = true, SigningKeys? keys = null)
    {
        _now += TimeSpan.FromMinutes(1);
        var clock = new FixedTime(_now);
        ICheckpointSink[] sinks = send ? [new FileSink(File)] : [];
        keys ??= SigningKeys.Given(Key.ToPem(), null);
        var outcome = await new CheckpointSigner(_ledger.Database, keys, sinks, "node", clock).SignAsync();
        if (send) await new CheckpointSender(_ledger.Sql, sinks, keys, clock).SendAsync();
        return outcome;
    }

    /// <summary>Brings the key that is to sign next into the log, as the service does.</summary>
    public async Task IntroduceAsync(SigningKey next, SigningKey? previous = null)
    {
        var last = await new CheckpointTable(_ledger.Sql).LatestAsync();
        await _ledger.Sql.AddKeyAsync(new IntroducedKey(next.Id, previous is null ? 2 : 3, next.Public, _now, KeyHandover.Sign(await LogIdAsync(), previous ?? Key, next, last?.Size ?? 0, last?.Root ?? Hashing.Empty).Text));
    }

    public Task<string> LogIdAsync() => _ledger.ScalarAsync<string>("select id from audit.log");

    /// <summary>Passes time.</summary>
    public void Wait(TimeSpan time) => _now += time;

    public Task<VerificationReport> VerifyAsync(VerificationBasis? basis = null) => new LogVerifier(_ledger.Database.Background, new FixedTime(_now)).RunAsync(basis ?? Basis);

    /// <summary>Does something as a superuser who switches triggers and foreign keys off.</summary>
    public async Task TamperAsync(string sql, params object[] values)
    {
        await using var connection = await _ledger.Sql.OpenConnectionAsync();
        await using (var off = new NpgsqlCommand("set session_replication_role = replica", connection)) await off.ExecuteNonQueryAsync();
        await using (var command = new NpgsqlCommand(sql, connection))
        {
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync();
        }
        await using var on = new NpgsqlCommand("set session_replication_role = origin", connection);
        await on.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync()
    {
        Key.Dispose();
        _folder.Refresh();
        if (_folder.Exists) _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A clock that stands still.</summary>
internal sealed class FixedTime(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
