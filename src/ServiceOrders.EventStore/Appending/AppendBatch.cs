using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.EventStore;

/// <summary>
/// A set of appends as one <see cref="NpgsqlBatch"/>: the only place where appends become SQL, used by the group writer and by the due workers. It keeps its buffers
/// from one batch to the next, so it belongs to one connection and is filled by one thread at a time. No two appends of a batch may share a stream or a key.
/// </summary>
internal sealed class AppendBatch
{
    private readonly NpgsqlParameter<int> _generation = new() { NpgsqlDbType = NpgsqlDbType.Integer };
    private readonly ListColumn<Guid> _streamIds = new(NpgsqlDbType.Uuid);
    private readonly ListColumn<string> _streamTypes = new(NpgsqlDbType.Text);
    private readonly ListColumn<long> _expected = new(NpgsqlDbType.Bigint);
    private readonly ListColumn<int> _counts = new(NpgsqlDbType.Integer);
    private readonly ListColumn<DateTimeOffset> _nows = new(NpgsqlDbType.TimestampTz);
    private readonly ListColumn<bool> _dueChanges = new(NpgsqlDbType.Boolean);
    private readonly ListColumn<DateTimeOffset?> _dueAts = new(NpgsqlDbType.TimestampTz);

    private readonly ListColumn<int> _keyOrdinals = new(NpgsqlDbType.Integer);
    private readonly ListColumn<string> _keyScopes = new(NpgsqlDbType.Text);
    private readonly ListColumn<byte[]> _keyValues = new(NpgsqlDbType.Bytea);
    private readonly ListColumn<byte[]?> _keyFingerprints = new(NpgsqlDbType.Bytea);
    private readonly ListColumn<short> _keyStatuses = new(NpgsqlDbType.Smallint);
    private readonly ListColumn<DateTimeOffset?> _keyExpiries = new(NpgsqlDbType.TimestampTz);

    private readonly ListColumn<int> _ordinals = new(NpgsqlDbType.Integer);
    private readonly ListColumn<Guid> _ids = new(NpgsqlDbType.Uuid);
    private readonly ListColumn<Guid> _eventStreams = new(NpgsqlDbType.Uuid);
    private readonly ListColumn<long> _eventVersions = new(NpgsqlDbType.Bigint);
    private readonly ListColumn<string> _data = new(NpgsqlDbType.Jsonb);
    private readonly ListColumn<string> _types = new(NpgsqlDbType.Text);
    private readonly ListColumn<string> _dotnetTypes = new(NpgsqlDbType.Text);
    private readonly ListColumn<string?> _correlations = new(NpgsqlDbType.Text);
    private readonly ListColumn<string?> _causations = new(NpgsqlDbType.Text);
    private readonly ListColumn<string?> _headers = new(NpgsqlDbType.Jsonb);
    private readonly ListColumn<string?> _users = new(NpgsqlDbType.Text);

    private readonly Dictionary<InlineTable, List<OrdinalRow>> _rows = [];
    private readonly ListColumn[] _stageColumns, _eventColumns;
    private NpgsqlBatchCommand _stage = new(), _events = new();

    public AppendBatch()
    {
        _stageColumns = [_streamIds, _streamTypes, _expected, _counts, _nows, _dueChanges, _dueAts,
            _keyOrdinals, _keyScopes, _keyValues, _keyFingerprints, _keyStatuses, _keyExpiries];
        _eventColumns = [_ordinals, _ids, _eventStreams, _eventVersions, _data, _types, _dotnetTypes, _correlations, _causations, _headers, _users];
    }

    /// <summary>Forgets the last batch.</summary>
    public void Clear()
    {
        foreach (var column in _stageColumns) column.Clear();
        foreach (var column in _eventColumns) column.Clear();
        foreach (var rows in _rows.Values) rows.Clear();
    }

    /// <summary>Takes an append in.</summary>
    /// <returns>Its ordinal, from 1.</returns>
    public int Add(Append append)
    {
        var ordinal = _streamIds.Items.Count + 1;
        _streamIds.Items.Add(append.StreamId);
        _streamTypes.Items.Add(append.StreamType);
        _expected.Items.Add(append.ExpectedVersion);
        _counts.Items.Add(append.Events.Count);
        _nows.Items.Add(append.Now);
        _dueChanges.Items.Add(append.Due.Changes);
        _dueAts.Items.Add(append.Due.At);
        foreach (var key in append.Keys) Add(ordinal, key);
        for (var i = 0; i < append.Events.Count; i++) Add(ordinal, append.StreamId, append.ExpectedVersion + i + 1, append.Events[i]);
        foreach (var (table, row) in append.Rows)
        {
            if (!_rows.TryGetValue(table, out var rows)) _rows.Add(table, rows = []);
            rows.Add(new OrdinalRow(ordinal, row));
        }
        return ordinal;
    }

    /// <summary>The statements, ready to be run on a connection. <paramref name="beforeLock"/> goes between the inline rows and the append lock.</summary>
    public void WriteTo(NpgsqlBatch batch, int generation, NpgsqlBatchCommand? beforeLock = null)
    {
        _generation.TypedValue = generation;
        // The parameters are kept, the commands are not: after an error Npgsql's commands remember prepared statements that never came to be.
        _stage.Parameters.Clear();
        _stage = new NpgsqlBatchCommand(AppendSql.Stage) { Parameters = { _generation } };
        foreach (var column in _stageColumns) _stage.Parameters.Add(column.Parameter);
        batch.BatchCommands.Add(_stage);
        foreach (var (table, rows) in _rows)
            if (rows.Count > 0) batch.BatchCommands.Add(table.Write(rows, generation));
        if (beforeLock is not null) batch.BatchCommands.Add(beforeLock);
        if (_ordinals.Items.Count == 0) return;
        batch.BatchCommands.Add(new NpgsqlBatchCommand(AppendSql.Lock));
        _events.Parameters.Clear();
        _events = new NpgsqlBatchCommand(AppendSql.Events);
        foreach (var column in _eventColumns) _events.Parameters.Add(column.Parameter);
        batch.BatchCommands.Add(_events);
    }

    private void Add(int ordinal, UniqueKey key)
    {
        _keyOrdinals.Items.Add(ordinal);
        _keyScopes.Items.Add(key.Scope);
        _keyValues.Items.Add(key.Value);
        _keyFingerprints.Items.Add(key.Fingerprint);
        _keyStatuses.Items.Add(key.Status);
        _keyExpiries.Items.Add(key.ExpiresAt);
    }

    private void Add(int ordinal, Guid streamId, long version, NewEvent added)
    {
        _ordinals.Items.Add(ordinal);
        _ids.Items.Add(added.Id);
        _eventStreams.Items.Add(streamId);
        _eventVersions.Items.Add(version);
        _data.Items.Add(added.Data);
        _types.Items.Add(added.Type);
        _dotnetTypes.Items.Add(added.DotNetType);
        _correlations.Items.Add(added.CorrelationId);
        _causations.Items.Add(added.CausationId);
        _headers.Items.Add(added.Headers);
        _users.Items.Add(added.UserName);
    }
}
