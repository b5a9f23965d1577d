using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>What the stage function answered for a batch. Final only once the batch is committed.</summary>
internal sealed class StageResult
{
    private const short Goes = 0, Stale = 1, Taken = 2, Archived = 3;
    private readonly short[] _codes;
    private readonly long[] _versions;
    private readonly DateTimeOffset[] _recorded;
    private readonly Dictionary<int, (string Scope, byte[] Value, UsedKey Holder)> _taken = [];

    private StageResult(NpgsqlDataReader reader)
    {
        _codes = reader.GetFieldValue<short[]>(0);
        _versions = reader.GetFieldValue<long[]>(1);
        _recorded = reader.GetFieldValue<DateTimeOffset[]>(2);
        if (reader.IsDBNull(3)) return;
        var (ordinals, scopes, values) = (reader.GetFieldValue<int[]>(3), reader.GetFieldValue<string[]>(4), reader.GetFieldValue<byte[][]>(5));
        var (streams, versions) = (reader.GetFieldValue<Guid[]>(6), reader.GetFieldValue<long[]>(7));
        var (fingerprints, statuses) = (reader.GetFieldValue<byte[]?[]>(8), reader.GetFieldValue<short[]>(9));
        for (var i = 0; i < ordinals.Length; i++)
            _taken.TryAdd(ordinals[i], (scopes[i], values[i], new UsedKey(streams[i], versions[i], fingerprints[i], statuses[i])));
    }

    /// <summary>Reads the answer and all that follows it, to the end of the transaction where the batch is one.</summary>
    public static async Task<StageResult> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        var result = new StageResult(reader);
        while (await reader.NextResultAsync(cancellation).ConfigureAwait(false)) { }
        return result;
    }

    /// <summary>The outcome of one append; null: its stream was busy elsewhere, to be tried again.</summary>
    public AppendOutcome? Of(int ordinal, Append append) => _codes[ordinal - 1] switch
    {
        Goes => new Appended(_versions[ordinal - 1], _recorded[ordinal - 1]),
        Stale => new StaleVersion(_versions[ordinal - 1]),
        Taken => KeyTaken(append, _taken[ordinal]),
        Archived => new StreamArchived(),
        _ => null,
    };

    private static KeyTaken KeyTaken(Append append, (string Scope, byte[] Value, UsedKey Holder) taken) =>
        new(append.Keys.First(key => key.Scope == taken.Scope && key.Value.AsSpan().SequenceEqual(taken.Value)), taken.Holder);
}
