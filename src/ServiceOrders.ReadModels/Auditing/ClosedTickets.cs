using Npgsql;

namespace ServiceOrders.ReadModels.Auditing;

/// <summary>What samples of closed services are drawn from (row M4), off the events; and what is listed of samples, off <c>read.audit_events</c>.</summary>
/// <param name="database">The database.</param>
public sealed class ClosedTickets(NpgsqlDataSource database)
{
    /// <summary>The stream type of samples.</summary>
    public const string SampleStream = "sample";

    // Off the events themselves: the index of the search is the service's own to change. The closing's headers say whether an import brought it.
    private const string Population = """
        select e.stream_id from events.mt_events e
        where e.type = 'ticket_closed' and e.timestamp >= $1 and e.timestamp < $2 and e.seq_id <= $3 and (e.headers ->> 'historical') is distinct from 'true'
        union
        select e.stream_id from events.mt_events e
        where e.type = 'ticket_closed' and e.timestamp < $1 and e.seq_id > $4 and e.seq_id <= $3 and (e.headers ->> 'historical') is distinct from 'true'
        order by stream_id
        """;

    private const string Samples = """
        select s.name, min(e.recorded_at) filter (where e.type = 'sample_seed_fixed'), min(e.recorded_at) filter (where e.type = 'sample_drawn'), count(*) filter (where e.type = 'sample_finding_recorded')
        from read.audit_events e join read.audit_streams s on s.stream_id = e.stream_id
        where e.type in ('sample_seed_fixed', 'sample_drawn', 'sample_finding_recorded') and s.kind = 'sample' and ($1 is null or s.name < $1)
        group by s.name order by s.name desc limit $2
        """;

    /// <summary>The position of the last event stored.</summary>
    public async Task<long> LastAsync(CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("select coalesce((select max(seq_id) from events.mt_events), 0)");
        return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    /// <summary>Whether any month's seed was ever fixed.</summary>
    public async Task<bool> AnySeedAsync(CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("select exists (select from events.mt_events where type = 'sample_seed_fixed')");
        return (bool)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    /// <summary>
    /// The tickets that were closed in a period, each once, in the order of their ids: by when a closing was recorded, also where the ticket was reopened since; not those that an import brought
    /// in closed. A closing with a time before the period counts as well where the sample before did not see it: it was recorded too late for that.
    /// </summary>
    /// <param name="from">The period's start.</param>
    /// <param name="to">Its end.</param>
    /// <param name="upTo">The last position looked at.</param>
    /// <param name="seenBefore">The last position that the sample before looked at; null: there was none.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<Guid>> ClosedAsync(DateTimeOffset from, DateTimeOffset to, long upTo, long? seenBefore, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand(Population);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = to });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        command.Parameters.Add(new NpgsqlParameter { Value = seenBefore is { } seen ? seen : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<Guid> closed = [];
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) closed.Add(reader.GetGuid(0));
        return closed;
    }

    /// <summary>The service numbers and data subjects of tickets.</summary>
    public async Task<IReadOnlyDictionary<Guid, (string Number, Guid Subject)>> NamesAsync(IReadOnlyCollection<Guid> tickets, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("select id, number, subject_id from read.tickets where id = any($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. tickets] });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var names = new Dictionary<Guid, (string, Guid)>();
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) names[reader.GetGuid(0)] = (reader.GetString(1), reader.GetGuid(2));
        return names;
    }

    /// <summary>The samples, the latest month first.</summary>
    /// <param name="before">Only months before this one; null: all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<SampleRow>> SamplesAsync(string? before, int limit, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand(Samples);
        command.Parameters.Add(new NpgsqlParameter { Value = before is null ? DBNull.Value : before, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<SampleRow> samples = [];
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            samples.Add(new SampleRow(reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt64(3)));
        return samples;
    }
}

/// <summary>A sample in a list.</summary>
/// <param name="Month">Its month.</param>
/// <param name="FixedAt">When its seed was fixed.</param>
/// <param name="DrawnAt">When it was drawn; null: not yet.</param>
/// <param name="Findings">How many findings reviewers recorded.</param>
public sealed record SampleRow(string Month, DateTimeOffset FixedAt, DateTimeOffset? DrawnAt, long Findings);
