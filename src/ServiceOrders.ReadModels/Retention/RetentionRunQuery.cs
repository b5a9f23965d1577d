using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.ReadModels.Retention;

/// <summary>Asks for runs of retention, reads them from <c>read.retention_runs</c>, and keeps how far they are.</summary>
/// <param name="database">Where they are.</param>
public sealed class RetentionRunQuery(NpgsqlDataSource database)
{
    private const string Columns = "r.number, r.id, r.day, r.requested_by, r.requested_at, r.dry_run, r.finished_at, r.step, r.progress::text";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Asks for a run. One a day, whoever asks for it and however often.</summary>
    /// <param name="day">The day of a daily run; null: it is asked for besides.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="at">When.</param>
    /// <param name="dryRun">Whether it only counts.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The run; null: there is one of that day already.</returns>
    public async Task<RetentionRun?> AskAsync(DateOnly? day, string by, DateTimeOffset at, bool dryRun, CancellationToken cancellation = default) => (await ReadAsync($"""
        insert into read.retention_runs as r (id, day, requested_by, requested_at, dry_run) values ($1, $2, $3, $4, $5) on conflict (day) do nothing returning {Columns}
        """, cancellation, Guid.CreateVersion7(at), Nullable(day), by, at, dryRun)).SingleOrDefault();

    /// <summary>Runs, the newest first.</summary>
    /// <param name="below">Only those with a smaller number.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task<IReadOnlyList<RetentionRun>> ListAsync(long below, int limit, CancellationToken cancellation = default) =>
        ReadAsync($"select {Columns} from read.retention_runs r where r.number < $1 order by r.number desc limit $2", cancellation, below, limit);

    /// <summary>A run; null: there is none of that id.</summary>
    public async Task<RetentionRun?> FindAsync(Guid id, CancellationToken cancellation = default) =>
        (await ReadAsync($"select {Columns} from read.retention_runs r where r.id = $1", cancellation, id)).SingleOrDefault();

    /// <summary>The oldest run that is not done; null: none.</summary>
    public async Task<RetentionRun?> NextAsync(CancellationToken cancellation = default) =>
        (await ReadAsync($"select {Columns} from read.retention_runs r where r.finished_at is null order by r.number limit 1", cancellation)).SingleOrDefault();

    /// <summary>How many are not done.</summary>
    public async Task<long> WaitingAsync(CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("select count(*) from read.retention_runs where finished_at is null");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Keeps how far a run is.</summary>
    /// <param name="before">As it was read.</param>
    /// <param name="progress">How far it is now.</param>
    /// <param name="finishedAt">When it was done; null: it is not.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>False: someone else has brought it further since.</returns>
    public async Task<bool> SaveAsync(RetentionRun before, RetentionProgress progress, DateTimeOffset? finishedAt, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await SaveAsync(connection, before, progress, finishedAt, cancellation);
    }

    /// <summary>The same in a transaction of the caller's, with what the run did.</summary>
    public static async Task<bool> SaveAsync(NpgsqlConnection connection, RetentionRun before, RetentionProgress progress, DateTimeOffset? finishedAt, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(before);
        await using var command = new NpgsqlCommand("""
            update read.retention_runs r set step = r.step + 1, finished_at = $4, progress = $3 where r.number = $1 and r.step = $2 and r.finished_at is null
            """, connection)
        {
            Parameters =
            {
                new() { Value = before.Number }, new() { Value = before.Step }, new() { Value = JsonSerializer.Serialize(progress, Json), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = Nullable(finishedAt), NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    private async Task<IReadOnlyList<RetentionRun>> ReadAsync(string sql, CancellationToken cancellation, params object[] values)
    {
#pragma warning disable CA2100 // constant texts above
        await using var command = database.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<RetentionRun> runs = [];
        while (await reader.ReadAsync(cancellation)) runs.Add(Read(reader));
        return runs;
    }

    private static object Nullable<T>(T? value) where T : struct => value is { } given ? given : DBNull.Value;

    private static RetentionRun Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetFieldValue<DateOnly>(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4), row.GetBoolean(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), row.GetInt64(7), JsonSerializer.Deserialize<RetentionProgress>(row.GetString(8), Json)!);
}
