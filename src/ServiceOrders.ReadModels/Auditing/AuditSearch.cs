using Npgsql;
using NpgsqlTypes;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels.Auditing;

/// <summary>
/// Finds events by <c>read.audit_events</c>, page after page in the order of their positions. Each page is a few short statements: nothing is held between two, and what happens meanwhile lies
/// after what was passed. A page passes a bounded number of events, so it may be empty and yet not be the last.
/// </summary>
/// <param name="database">The database.</param>
public sealed class AuditSearch(NpgsqlDataSource database)
{
    /// <summary>Events that one page looks at, at most.</summary>
    public const int MostPassed = 20_000;

    /// <summary>Characters of events' data from which on a page is full, however few events it has: one alone can have hundreds of thousands.</summary>
    public const int MostCharacters = 8_000_000;

    private const int LeastStep = 200;

    // A period begins with the first block of positions in which anything is as late, and ends with the last in which anything is earlier than its end. That trusts no times to rise with positions:
    // clocks may be ahead or behind by any time. One row for thousands of events: reading all of them is nothing.
    private static readonly string Bounds = $"""
        select coalesce((select last_seq_id from events.mt_event_progression where name = '{AuditIndex.ProjectionName}'), 0),
               case when $1 is null then 0 else coalesce((select min(block) * {AuditIndex.BlockSize} - 1 from read.audit_blocks where latest >= $1), 9223372036854775807) end,
               case when $2 is null then 9223372036854775807 else coalesce((select max(block) * {AuditIndex.BlockSize} + {AuditIndex.BlockSize - 1} from read.audit_blocks where earliest < $2), 0) end
        """;

    private const string Found = """
        select f.position, e.id, e.stream_id, e.version, e.type, e.data::text, e.timestamp, e.correlation_id, e.causation_id, e.user_name, e.headers::text, s.kind, s.name, p.last, p.count
        from (select max(position) as last, count(*)::int as count from passed) p
        left join lateral (
            select a.position from passed q join read.audit_events a on a.position = q.position
            where (cardinality($5) = 0 or a.type = any($5)) and (cardinality($6) = 0 or a.actor = any($6)) and (cardinality($7) = 0 or a.channel = any($7))
              and ($8 is null or a.customer = $8) and ($9 is null or a.recorded_at >= $9) and ($10 is null or a.recorded_at < $10)
              and ($11 is null or a.stream_id = $11) and ($12 is null or exists (select from read.audit_equipment q2 where q2.serial_number = $12 and q2.stream_id = a.stream_id))
            order by a.position limit $13) f on true
        left join events.mt_events e on e.seq_id = f.position
        left join read.audit_streams s on s.stream_id = e.stream_id
        order by f.position
        """;

    private const string Known = """
        select array(select g.given from unnest($1::text[]) with ordinality g (given, place) where exists (select from read.audit_events a where a.actor = g.given collate "C") order by g.place),
               array(select g.given from unnest($2::text[]) with ordinality g (given, place) where exists (select from read.audit_events a where a.channel = g.given collate "C") order by g.place),
               exists (select from read.audit_equipment q where q.serial_number = $3 collate "C")
        """;

    /// <summary>What of a filter's words the index has: a word that it does not have finds nothing, and may be anything that somebody typed, a customer's name or telephone number too.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<KnownWords> KnownAsync(AuditFilter filter, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        await using var command = database.CreateCommand(Known);
        foreach (var values in (IReadOnlyList<string>[])[filter.Actors, filter.Channels]) command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. values] });
        command.Parameters.Add(Optional(filter.SerialNumber, NpgsqlDbType.Text));
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        return new KnownWords(reader.GetFieldValue<string[]>(0), reader.GetFieldValue<string[]>(1), reader.GetBoolean(2));
    }

    /// <summary>How far the index is.</summary>
    public async Task<long> IndexedToAsync(CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        return (await BoundsAsync(new AuditFilter(), connection, cancellation).ConfigureAwait(false)).IndexedTo;
    }

    /// <summary>The events after a position.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="after">The last position that the reader knows; 0: from the beginning.</param>
    /// <param name="until">The last position of interest.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<AuditPage> PageAsync(AuditFilter filter, long after, long until, int limit, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        await using var connection = await database.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        var (indexedTo, from, to) = await BoundsAsync(filter, connection, cancellation).ConfigureAwait(false);
        (after, until) = (Math.Max(after, from), Math.Min(until, Math.Min(indexedTo, to)));
        if (after >= until) return new AuditPage([], null, indexedTo);
        var driver = await AuditDriver.ChooseAsync(filter, after, until, connection, cancellation).ConfigureAwait(false);
        var page = new Gathered(limit);
        // One more than asked for tells whether there is more. Most pages are full after a short step; where little matches, the steps get longer.
        var step = Math.Max(LeastStep, 2 * limit);
        for (var looked = 0; looked < MostPassed; step *= 4)
        {
            step = Math.Min(step, MostPassed - looked);
            var wanted = limit + 1 - page.Found.Count;
            var (last, count, matched, lastMatch) = await StepAsync(driver, filter, after, until, step, wanted, page, connection, cancellation).ConfigureAwait(false);
            if (page.End is { } end) return page.UpTo(end, indexedTo);
            // As many matched as were wanted, yet the events of some are missing: behind the last of them nothing was looked at.
            if (matched == wanted) last = lastMatch;
            else if (count < step) return page.UpTo(null, indexedTo);
            (after, looked) = (last, looked + count);
        }
        return page.UpTo(after, indexedTo);
    }

    /// <summary>Looks at the next events of the driver, and adds those that match: up to a limit, with those whose events are missing.</summary>
    private static async Task<(long Last, int Count, int Matched, long LastMatch)> StepAsync(
        AuditDriver driver, AuditFilter filter, long after, long until, int step, int limit, Gathered page, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"with passed as ({driver.Positions}) {Found}", connection);
        driver.Bind(command, after, until, step);
        Bind(command, filter, limit);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var (last, count, matched, lastMatch) = (after, 0, 0, after);
        // What a full page leaves unread passes by, and is never held.
        while (page.End is null && await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (!reader.IsDBNull(13)) (last, count) = (reader.GetInt64(13), reader.GetInt32(14));
            if (reader.IsDBNull(0)) continue;
            (matched, lastMatch) = (matched + 1, reader.GetInt64(0));
            // What was deleted for its age is in the index for a moment longer, what somebody removed behind the service for good.
            if (reader.IsDBNull(1)) page.Missing.Add(lastMatch);
            else page.Add(Read(reader));
        }
        return (last, count, matched, lastMatch);
    }

    /// <summary>A page under way: it ends with as many events as were asked for, where there is one more, or with so much data.</summary>
    private sealed class Gathered(int limit)
    {
        private long _characters;

        public List<AuditedEvent> Found { get; } = [];
        public List<long> Missing { get; } = [];
        /// <summary>The position of the last event of a page that is full; null: it is not.</summary>
        public long? End { get; private set; }

        public void Add(AuditedEvent found)
        {
            if (Found.Count == limit)
            {
                End = Found[^1].Event.Position;
                return;
            }
            Found.Add(found);
            _characters += found.Event.Data.Length;
            if (_characters >= MostCharacters) End = found.Event.Position;
        }

        public AuditPage UpTo(long? passed, long indexedTo) => new(Found, passed, indexedTo, Missing.Count(position => position <= (passed ?? long.MaxValue)));
    }

    private static void Bind(NpgsqlCommand command, AuditFilter filter, int limit)
    {
        foreach (var values in (IReadOnlyList<string>[])[filter.Types, filter.Actors, filter.Channels]) command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. values] });
        command.Parameters.Add(Optional(filter.Customer, NpgsqlDbType.Uuid));
        command.Parameters.Add(Optional(filter.From, NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Optional(filter.To, NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Optional(filter.Stream, NpgsqlDbType.Uuid));
        command.Parameters.Add(Optional(filter.SerialNumber, NpgsqlDbType.Text));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
    }

    private static async Task<(long IndexedTo, long From, long To)> BoundsAsync(AuditFilter filter, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Bounds, connection);
        command.Parameters.Add(Optional(filter.From, NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Optional(filter.To, NpgsqlDbType.TimestampTz));
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private static NpgsqlParameter Optional(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static AuditedEvent Read(NpgsqlDataReader row) => new(
        new StoredEvent(row.GetInt64(0), row.GetGuid(1), row.IsDBNull(2) ? Guid.Empty : row.GetGuid(2), row.GetInt64(3), row.GetString(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6),
            Text(row, 7), Text(row, 8), Text(row, 9), Text(row, 10) is { } headers and not "null" ? headers : null),
        Text(row, 11) ?? "", Text(row, 12));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
