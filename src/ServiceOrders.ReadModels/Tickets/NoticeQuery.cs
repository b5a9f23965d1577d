using Npgsql;
using NpgsqlTypes;
using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>Who is to be told of what? Escalations (row D5: 抄送客户) and the notices that breaches set off, read from the events in their global order. What an import tells of the past concerns nobody any more.</summary>
/// <param name="database">Where <c>events</c> and <c>read.tickets</c> are.</param>
public sealed class NoticeQuery(NpgsqlDataSource database)
{
    /// <summary>How many notices, of whomever, one question passes at most.</summary>
    public const int MostPassed = 10_000;

    // One statement, one snapshot: what is written meanwhile lies after what was passed.
    private const string Sql = """
        with passed as (
            select max(p.seq_id) as last
            from (select seq_id from events.mt_events where type in ('ticket_escalated', 'party_notified') and seq_id > $1 order by seq_id limit $6) p)
        select n.*, passed.last from passed left join lateral (
        select e.seq_id, e.stream_id, t.number, t.channel, e.type = 'ticket_escalated' as escalated, (e.data ->> 'level')::int as level, e.data ->> 'milestone' as milestone, (e.data ->> 'cycle')::int as cycle,
               e.data ->> 'audience' as audience, coalesce(e.data ->> 'to', e.data ->> 'recipient') as recipient, (e.headers ->> 'occurredAt')::timestamptz as occurred_at
        from events.mt_events e join read.tickets t on t.id = e.stream_id
        where e.type in ('ticket_escalated', 'party_notified') and e.seq_id > $1 and e.seq_id <= passed.last
          and ($2 is null or t.channel = $2)
          and ($3 is null or e.data ->> 'audience' = $3 or (e.type = 'ticket_escalated' and ($3 = 'Customer' or ($3 = 'Supervisor' and e.data ->> 'to' is not null))))
          and ($4 is null or coalesce(e.data ->> 'to', e.data ->> 'recipient') = $4)
          and (e.headers ->> 'historical') is distinct from 'true'
        order by e.seq_id limit $5) n on true
        order by n.seq_id
        """;

    /// <summary>The notices after a position.</summary>
    /// <param name="after">The last position that the reader knows; 0: from the beginning.</param>
    /// <param name="channel">Only those of tickets of this channel; null: of all.</param>
    /// <param name="audience">Only those for these; null: for anyone.</param>
    /// <param name="recipient">Only those that name this person, team or department; null: any.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="passing">Others' notices are passed as well; at most so many in all.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The notices, and the position up to which all were passed; null: nothing lies after the position that was given.</returns>
    public async Task<(IReadOnlyList<Notice> Notices, long? Passed)> AfterAsync(
        long after, string? channel, NoticeAudience? audience, string? recipient, int limit, int passing = MostPassed, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        foreach (var text in new[] { channel, audience?.ToString(), recipient }) command.Parameters.Add(new NpgsqlParameter { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = passing });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<Notice> notices = [];
        long? passed = null;
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            passed = reader.IsDBNull(11) ? null : reader.GetInt64(11);
            if (!reader.IsDBNull(0)) notices.Add(Read(reader));
        }
        return (notices, notices.Count == limit ? notices[^1].Position : passed);
    }

    private static Notice Read(NpgsqlDataReader row)
    {
        var (escalated, recipient) = (row.GetBoolean(4), row.IsDBNull(9) ? null : row.GetString(9));
        NoticeAudience[] audience = !escalated ? [Enum.Parse<NoticeAudience>(row.GetString(8))] : recipient is null ? [NoticeAudience.Customer] : [NoticeAudience.Customer, NoticeAudience.Supervisor];
        return new Notice(row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetString(3), escalated ? NoticeTopic.Escalated : NoticeTopic.Breached, row.IsDBNull(5) ? null : row.GetInt32(5),
            row.IsDBNull(6) ? null : row.GetString(6), row.IsDBNull(7) ? null : row.GetInt32(7), audience, recipient, row.GetFieldValue<DateTimeOffset>(10));
    }
}

/// <summary>Something that somebody is to be told.</summary>
/// <param name="Position">The event's place in the global order: where to go on reading.</param>
/// <param name="TicketId">The ticket.</param>
/// <param name="Number">Its service number.</param>
/// <param name="Channel">Its channel.</param>
/// <param name="Topic">Of what.</param>
/// <param name="Level">The level that it was escalated to; null for a breach.</param>
/// <param name="Milestone">The milestone breached; null for an escalation.</param>
/// <param name="Cycle">Its cycle.</param>
/// <param name="Audience">Who is to be told.</param>
/// <param name="Recipient">The person, team or department by name; null for the customer, and where nobody is responsible.</param>
/// <param name="OccurredAt">When it happened.</param>
public sealed record Notice(long Position, Guid TicketId, string Number, string Channel, NoticeTopic Topic, int? Level, string? Milestone, int? Cycle,
    IReadOnlyList<NoticeAudience> Audience, string? Recipient, DateTimeOffset OccurredAt);

/// <summary>What a notice is about.</summary>
public enum NoticeTopic
{
    /// <summary>The ticket went up a level.</summary>
    Escalated,
    /// <summary>A deadline was breached, and the policy says whom to tell.</summary>
    Breached,
}
