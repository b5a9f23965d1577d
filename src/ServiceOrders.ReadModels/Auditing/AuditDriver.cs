using Npgsql;

namespace ServiceOrders.ReadModels.Auditing;

/// <summary>
/// One filter's positions in order, read off its index: what a search walks along, while the other filters drop what does not match. Chosen here and not by the planner, whose guess of a rare
/// value would cost a walk over everything.
/// </summary>
/// <param name="Positions">SQL: positions after $2 up to $3, in order, at most $4; $1 is the value.</param>
/// <param name="Value">The value.</param>
internal sealed record AuditDriver(string Positions, object Value)
{
    /// <summary>Positions that are counted to find the rarest filter.</summary>
    private const int MostCounted = 1_000;

    /// <summary>Tickets of one serial number up to which their streams are read, all of them for every step. Among more (a number that stands for none) it is faster to look at everybody's events.</summary>
    public const int MostStreams = 1_000;

    private static readonly string ByType = OneOf("type"), ByActor = OneOf("actor"), ByChannel = OneOf("channel");

    // A ticket's events, and those of the few tickets of a piece of equipment, are read off their streams.
    private const string ByStream = "select e.seq_id as position from events.mt_events e where e.stream_id = $1 and e.seq_id > $2 and e.seq_id <= $3 order by e.seq_id limit $4";

    private const string ByEquipment = """
        select e.seq_id as position from read.audit_equipment q join events.mt_events e on e.stream_id = q.stream_id
        where q.serial_number = $1 and e.seq_id > $2 and e.seq_id <= $3 order by e.seq_id limit $4
        """;

    private const string ByCustomer = """
        select e.position from read.audit_events e where e.customer is not null and (e.customer, e.position) > ($1, $2) and (e.customer, e.position) <= ($1, $3)
        order by e.customer, e.position limit $4
        """;

    private const string All = "select e.position from read.audit_events e where $1::text is not null and e.position > $2 and e.position <= $3 order by e.position limit $4";

    /// <summary>The filter to walk along: the rarest.</summary>
    public static async Task<AuditDriver> ChooseAsync(AuditFilter filter, long after, long until, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (filter.Stream is { } stream) return new(ByStream, stream);
        if (filter.SerialNumber is { } serial && await CountAsync(serial, connection, cancellation).ConfigureAwait(false) <= MostStreams) return new(ByEquipment, serial);
        if (filter.Customer is { } customer) return new(ByCustomer, customer);
        var candidates = new List<AuditDriver>();
        if (filter.Actors.Count > 0) candidates.Add(new(ByActor, filter.Actors.ToArray()));
        if (filter.Types.Count > 0) candidates.Add(new(ByType, filter.Types.ToArray()));
        if (filter.Channels.Count > 0) candidates.Add(new(ByChannel, filter.Channels.ToArray()));
        if (candidates.Count == 0) return new(All, "");
        if (candidates.Count == 1) return candidates[0];
        var counts = new List<(AuditDriver Driver, long Count)>();
        foreach (var candidate in candidates) counts.Add((candidate, await candidate.CountAsync(after, until, connection, cancellation).ConfigureAwait(false)));
        return counts.MinBy(c => c.Count).Driver;
    }

    /// <summary>Adds the parameters $1 to $4 to a command.</summary>
    public void Bind(NpgsqlCommand command, long after, long until, int limit)
    {
        command.Parameters.Add(new NpgsqlParameter { Value = Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = until });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
    }

    /// <summary>How many tickets a serial number has, counted as far as it matters.</summary>
    private static async Task<long> CountAsync(string serial, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select count(*) from (select from read.audit_equipment q where q.serial_number = $1 limit $2) q", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = serial });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = MostStreams + 1 });
        return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    private async Task<long> CountAsync(long after, long until, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select count(*) from ({Positions}) p", connection);
        Bind(command, after, until, MostCounted);
        return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    /// <summary>Each value's stretch of the index, merged. Said as a stretch of both columns, which only the index over both can yield: by an equality the planner may take a rare value for a frequent one and walk along all events.</summary>
    private static string OneOf(string column) => $"""
        select p.position from (select distinct * from unnest($1::text[])) v (value) cross join lateral (
            select e.position from read.audit_events e where e.{column} is not null and (e.{column}, e.position) > (v.value, $2) and (e.{column}, e.position) <= (v.value, $3)
            order by e.{column}, e.position limit $4) p
        order by p.position limit $4
        """;
}
