using System.Globalization;
using Npgsql;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Reading;

/// <summary>
/// Events as PostgreSQL's binary COPY emits them, each tuple a leaf of the tree, byte for byte; so whoever hashes them parses nothing. One tuple is held at a time, so memory does
/// not grow with the range. While it is open, its connection does nothing else.
/// </summary>
public sealed class RawEvents : IAsyncDisposable
{
    private readonly NpgsqlRawCopyStream _copy;
    private readonly CopyTuples _tuples;

    private RawEvents(NpgsqlRawCopyStream copy) => (_copy, _tuples) = (copy, new CopyTuples(copy));

    /// <summary>The tuple read last. Valid until the next one.</summary>
    public ReadOnlySpan<byte> Tuple => _tuples.Current;

    /// <summary>Its event's position (<c>seq_id</c>).</summary>
    public long Position => _tuples.Position;

    /// <summary>Its hash as a leaf.</summary>
    public TreeHash Hash() => _tuples.Hash();

    /// <summary>The events after a position, up to another one and including it, in order.</summary>
    public static Task<RawEvents> RangeAsync(NpgsqlConnection connection, long after, long last, CancellationToken cancellation = default) =>
        OpenAsync(connection, string.Create(CultureInfo.InvariantCulture, $"seq_id > {after} and seq_id <= {last}"), "seq_id", cancellation);

    /// <summary>A stream's events, in order of version.</summary>
    public static Task<RawEvents> StreamAsync(NpgsqlConnection connection, Guid streamId, CancellationToken cancellation = default) =>
        OpenAsync(connection, $"stream_id = '{streamId:D}'", "version", cancellation);

    /// <summary>Records of deletion after a position, in order, at most so many: by the store's index of them, so that nothing else is read.</summary>
    public static Task<RawEvents> DeletionsAsync(NpgsqlConnection connection, long after, int limit, CancellationToken cancellation = default) =>
        OpenAsync(connection, string.Create(CultureInfo.InvariantCulture, $"type = 'records_deleted' and seq_id > {after}"), string.Create(CultureInfo.InvariantCulture, $"seq_id limit {limit}"), cancellation);

    /// <summary>Goes to the next tuple. False: that was the last.</summary>
    /// <exception cref="InvalidDataException">The server sent something else, or broke off.</exception>
    public ValueTask<bool> NextAsync(CancellationToken cancellation = default) => _tuples.NextAsync(cancellation);

    /// <summary>Ends the COPY, also in the middle.</summary>
    public ValueTask DisposeAsync() => _copy.DisposeAsync();

    // COPY takes no parameters: what is put into its text are numbers and ids.
    private static async Task<RawEvents> OpenAsync(NpgsqlConnection connection, string where, string order, CancellationToken cancellation) => new(await connection.BeginRawBinaryCopyAsync(
        $"copy (select {EventEncoding.Columns} from events.mt_events where {where} order by {order}) to stdout (format binary)", cancellation).ConfigureAwait(false));
}
