using System.Text.Json;
using Npgsql;
using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.ReadModels.Retargetings;

/// <summary>Reads jobs from <c>read.retargetings</c>, and keeps how far they are.</summary>
/// <param name="database">Where they are.</param>
public sealed class RetargetingQuery(NpgsqlDataSource database)
{
    private const string Columns = """
        r.kind, r.name, r.version, r.number, r.requested_at, r.next_at, r.started_at, r.finished_at, r.walk, r.last_ticket, r.total, r.examined, r.changed, r.failed, r.failures::text
        """;

    // The events tell whether a ticket was changed. While the job runs, page by page; a page of the second walk that was begun, and then done again by another, may be missing, a ticket changed in both
    // walks counts twice. So at its end all are counted at once. (No types are named for a page: it must go by its tickets, never by the index of all that the job has changed so far.)
    private const string Save = """
        update read.retargetings r set next_at = $4, started_at = $5, finished_at = $6, walk = $7, last_ticket = $8, total = $9, examined = $10, failed = $11, failures = $12::jsonb,
            changed = case when $6::timestamptz is null
                then r.changed + (select count(distinct e.stream_id) from events.mt_events e where e.stream_id = any($13) and e.causation_id = $14)
                else (select count(distinct e.stream_id) from events.mt_events e where e.causation_id = $14 and e.type in ('milestone_retargeted', 'policy_rebound')) end
        where r.id = $1 and r.walk = $2 and r.last_ticket = $3 and r.finished_at is null
        """;

    private const string Resume = """
        update read.retargetings r set next_at = $2, started_at = null, finished_at = null, walk = 1, last_ticket = '00000000-0000-0000-0000-000000000000', total = 0, examined = 0, changed = 0,
            failed = 0, failures = '[]'
        where r.id = $1 and r.finished_at is not null and r.failed > 0
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Jobs, the newest first.</summary>
    /// <param name="below">Only those with a smaller number.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<Retargeting>> ListAsync(long below, int limit, CancellationToken cancellation) =>
        await ReadAsync($"select {Columns} from read.retargetings r where r.number < $1 order by r.number desc limit $2", cancellation, below, limit);

    /// <summary>A job; null: there is none of that id.</summary>
    public async Task<Retargeting?> FindAsync(string id, CancellationToken cancellation) =>
        (await ReadAsync($"select {Columns} from read.retargetings r where r.id = $1", cancellation, id)).SingleOrDefault();

    /// <summary>The job to be worked on now; null: none.</summary>
    public async Task<Retargeting?> NextAsync(DateTimeOffset now, CancellationToken cancellation) =>
        (await ReadAsync($"select {Columns} from read.retargetings r where r.finished_at is null and r.next_at <= $1 order by r.next_at, r.number limit 1", cancellation, now)).SingleOrDefault();

    /// <summary>Keeps how far a job is.</summary>
    /// <param name="before">As it was read.</param>
    /// <param name="nextAt">When it is to go on.</param>
    /// <param name="progress">How far it is now; <see cref="RetargetingProgress.Changed"/> is counted here.</param>
    /// <param name="counted">Tickets that count as changed if they have an event of the job.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>False: someone else has brought it further since.</returns>
    public async Task<bool> SaveAsync(Retargeting before, DateTimeOffset nextAt, RetargetingProgress progress, Guid[] counted, CancellationToken cancellation)
    {
        await using var command = Command(Save, before.Id, (short)before.Progress.Walk, before.Progress.LastTicket, nextAt, Nullable(progress.StartedAt), Nullable(progress.FinishedAt), (short)progress.Walk,
            progress.LastTicket, progress.Total, progress.Examined, progress.Failed, JsonSerializer.Serialize(progress.Failures, Json), counted, before.Change.CausationId);
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    /// <summary>Has a finished job with failures done once more from its beginning; what is retargeted already stays as it is. False: it is not such a job.</summary>
    public async Task<bool> ResumeAsync(string id, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var command = Command(Resume, id, now);
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    private async Task<IReadOnlyList<Retargeting>> ReadAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<Retargeting> jobs = [];
        while (await reader.ReadAsync(cancellation)) jobs.Add(Read(reader));
        return jobs;
    }

    private static Retargeting Read(NpgsqlDataReader row) => new(
        new RuleChange(row.GetString(0) == "policy" ? ChangedRule.Policy : ChangedRule.Calendar, row.GetString(1), row.GetInt32(2)), row.GetInt64(3),
        row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset>(5), new RetargetingProgress
        {
            StartedAt = row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), FinishedAt = row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
            Walk = row.GetInt16(8), LastTicket = row.GetGuid(9), Total = row.GetInt64(10), Examined = row.GetInt64(11), Changed = row.GetInt64(12), Failed = row.GetInt64(13),
            Failures = JsonSerializer.Deserialize<RetargetingFailure[]>(row.GetString(14), Json)!,
        });

    private static object Nullable(DateTimeOffset? at) => at is { } instant ? instant : DBNull.Value;

    private NpgsqlCommand Command(string sql, params object[] values)
    {
#pragma warning disable CA2100 // constant texts above
        var command = database.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
