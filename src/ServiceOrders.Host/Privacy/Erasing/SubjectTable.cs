using Npgsql;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Privacy;

/// <summary>A data subject, as the database knows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CustomerId">The customer; null: it is a ticket.</param>
/// <param name="CreatedAt">Since when it has a key.</param>
/// <param name="ErasedAt">When its key was destroyed.</param>
/// <param name="ClearedAt">When the last of its tickets was told.</param>
/// <param name="ClearedTickets">How many were.</param>
public sealed record DataSubject(Guid Id, Guid? CustomerId, DateTimeOffset CreatedAt, DateTimeOffset? ErasedAt, DateTimeOffset? ClearedAt, int ClearedTickets);

/// <summary>A ticket that keeps its subject from being erased.</summary>
/// <param name="TicketId">The ticket.</param>
/// <param name="Number">Its service number.</param>
/// <param name="IsLegalHold">It is under legal hold; else neither closed nor cancelled.</param>
public sealed record ErasureObstacle(Guid TicketId, string Number, bool IsLegalHold);

/// <summary>A time in which keys of requests expire.</summary>
/// <param name="After">Later than this.</param>
/// <param name="UpTo">Then, or earlier.</param>
public readonly record struct KeyPeriod(DateTimeOffset After, DateTimeOffset UpTo)
{
    /// <summary>The same time, no instant of it twice, in order.</summary>
    public static IReadOnlyList<KeyPeriod> Merged(IEnumerable<KeyPeriod> periods)
    {
        List<KeyPeriod> merged = [];
        foreach (var period in periods.OrderBy(p => p.After))
        {
            if (merged.Count == 0 || period.After > merged[^1].UpTo) merged.Add(period);
            else if (period.UpTo > merged[^1].UpTo) merged[^1] = merged[^1] with { UpTo = period.UpTo };
        }
        return merged;
    }
}

/// <summary>Data subjects and their tickets, for erasing them.</summary>
/// <param name="database">Where <c>privacy.subject_keys</c> is.</param>
public sealed class SubjectTable(NpgsqlDataSource database)
{
    /// <summary>A customer is this many subjects at most, as far as is looked.</summary>
    private const int MostOfCustomer = 500;

    /// <summary>Clocks of nodes that differ by more than this leave fingerprints behind until they expire.</summary>
    internal static readonly TimeSpan ClocksApart = TimeSpan.FromHours(1);

    private static readonly TimeSpan AtOnce = TimeSpan.FromMinutes(10);

    private const string Columns = "k.subject_id, k.customer_id, k.created_at, k.erased_at, k.cleared_at, k.cleared_tickets";
    private const string Own = "select t.id from read.tickets t where t.id = $1 and t.subject_id = $1 and t.id > $2";
    private const string Customers = "select t.id from read.tickets t where t.subject_id = $1 and t.subject_id <> t.id and t.id > $2";

    // A key expires at the time of its request and its lifetime; its events were recorded then, or later where a node whose clock is ahead wrote into the stream before. So the index on the expiry finds
    // the keys of a stream.
    private const string Periods = """
        select lower(p), upper(p)
        from (select unnest(range_agg(tstzrange(e.timestamp + $3 - $4, e.timestamp + $3, '(]'))) from events.mt_events e where e.stream_id = any($1) and e.timestamp > $2 - $3 - $4) as merged (p)
        """;

    private const string Fingerprints = """
        update events.unique_keys u set fingerprint = case when octet_length(u.fingerprint) > $5 then substring(u.fingerprint from 1 for $4) end
        where u.expires_at > $2 and u.expires_at <= $3 and octet_length(u.fingerprint) <> $4 and exists (select from read.tickets t where t.id = u.stream_id and t.subject_id = $1)
        """;

    /// <summary>The subject of exactly that id; null: there is none.</summary>
    /// <param name="subject">The subject's own id, never a customer's.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<DataSubject?> FindAsync(Guid subject, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand($"select {Columns} from privacy.subject_keys k where k.subject_id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subject });
        return (await ReadAsync(command, cancellation)).SingleOrDefault();
    }

    /// <summary>All subjects that a customer is and was: the one that lives first, if one does, then those erased last first.</summary>
    /// <param name="customer">The customer's id.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<DataSubject>> OfCustomerAsync(Guid customer, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from privacy.subject_keys k where k.customer_id = $1 order by k.erased_at is not null, k.erased_at desc, k.created_at desc, k.subject_id limit $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = customer });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = MostOfCustomer });
        return await ReadAsync(command, cancellation);
    }

    /// <summary>Erased subjects not all of whose tickets were told, those erased first first.</summary>
    /// <param name="after">Only those erased later.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<DataSubject>> UnclearedAsync(DateTimeOffset after, int limit, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand($"select {Columns} from privacy.subject_keys k where k.erased_at > $1 and k.cleared_at is null order by k.erased_at limit $2");
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = after.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        return await ReadAsync(command, cancellation);
    }

    /// <summary>Why a subject cannot be erased.</summary>
    /// <param name="subject">Which.</param>
    /// <param name="limit">At most so many of the tickets.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<ErasureObstacle>> ObstaclesAsync(Guid subject, int limit, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("select ticket_id, number, obstacle from privacy.erasure_obstacles($1) order by ticket_id limit $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subject });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<ErasureObstacle> obstacles = [];
        while (await reader.ReadAsync(cancellation)) obstacles.Add(new(reader.GetGuid(0), reader.GetString(1), reader.GetString(2) == "legalHold"));
        return obstacles;
    }

    /// <summary>A page of a subject's tickets, in the order of their ids.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="after">The last ticket of the page before.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<Guid>> TicketsAsync(Guid subject, Guid after, int limit, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand($"{Own} union all {Customers} order by 1 limit $3");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subject });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<Guid> tickets = [];
        while (await reader.ReadAsync(cancellation)) tickets.Add(reader.GetGuid(0));
        return tickets;
    }

    /// <summary>When the keys of the requests that changed some tickets expire, as far as they have not: periods that do not overlap, in order.</summary>
    /// <param name="tickets">The tickets.</param>
    /// <param name="now">The time.</param>
    /// <param name="lifetime">For how long such keys are kept.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<KeyPeriod>> KeyPeriodsAsync(IReadOnlyList<Guid> tickets, DateTimeOffset now, TimeSpan lifetime, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand(Periods);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. tickets] });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = lifetime });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = ClocksApart });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<KeyPeriod> periods = [];
        while (await reader.ReadAsync(cancellation)) periods.Add(new KeyPeriod(reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1)));
        return periods;
    }

    /// <summary>
    /// Removes from the fingerprints of the requests that changed a subject's tickets what hangs on their bodies: whoever has the secret could try guesses against it. What tells their addresses stays.
    /// Each statement reads the keys of all callers that expire within ten minutes, and no more.
    /// </summary>
    /// <param name="subject">Whose tickets.</param>
    /// <param name="period">When the keys expire.</param>
    /// <param name="cancellation">Interrupts.</param>
    public async Task RemoveFingerprintsAsync(Guid subject, KeyPeriod period, CancellationToken cancellation = default)
    {
        for (var from = period.After; from < period.UpTo; from += AtOnce)
        {
            await using var command = database.CreateCommand(Fingerprints);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subject });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = from.UtcDateTime });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = (from + AtOnce < period.UpTo ? from + AtOnce : period.UpTo).UtcDateTime });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = RequestKey.AddressLength });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = RequestKey.BodyLength });
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>Says that all of a subject's tickets were told.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="tickets">How many they are.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task ClearedAsync(Guid subject, int tickets, DateTimeOffset now, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("update privacy.subject_keys set cleared_at = $2, cleared_tickets = $3 where subject_id = $1 and erased_at is not null and cleared_at is null");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subject });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = tickets });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<List<DataSubject>> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<DataSubject> subjects = [];
        while (await reader.ReadAsync(cancellation))
        {
            subjects.Add(new DataSubject(reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetGuid(1), reader.GetFieldValue<DateTimeOffset>(2), Instant(3), Instant(4), reader.GetInt32(5)));
        }
        return subjects;

        DateTimeOffset? Instant(int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
    }
}
