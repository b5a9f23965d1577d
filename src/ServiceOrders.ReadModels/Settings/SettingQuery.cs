using Npgsql;
using NpgsqlTypes;
using ServiceOrders.Domain;

namespace ServiceOrders.ReadModels.Settings;

/// <summary>Reads <c>read.settings</c>.</summary>
/// <param name="database">The database.</param>
public sealed class SettingQuery(NpgsqlDataSource database)
{
    private const string Columns = "s.kind, s.name, s.version, s.stream_id, s.stream_version, s.status, s.effective_from, s.retired_from, s.saved_at, s.body::text";

    /// <summary>
    /// A number that rises with every change: a new row adds its stream's version, a changed row moves to a later one. Reads no bodies, so asking often is cheap.
    /// </summary>
    public async Task<long> RevisionAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select coalesce(sum(s.stream_version), 0)::bigint from read.settings s");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Everything that decisions may need: every version of every calendar, every policy version that was ever published, the rules in force, the teams.</summary>
    public async Task<IReadOnlyList<SettingRow>> LoadAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"""
            select {Columns} from read.settings s
            where s.status <> 'draft' and (s.kind <> 'classification_rules' or s.version = (select max(l.version) from read.settings l where l.kind = 'classification_rules'))
            """);
        return await ReadAsync(command, cancellation);
    }

    /// <summary>The latest version of each of a kind, in the order of their names.</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="afterName">The last name of the page before; null: from the start.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<SettingRow>> ListAsync(SettingKind kind, string? afterName, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"select distinct on (s.name) {Columns} from read.settings s where s.kind = $1 and s.name > $2 order by s.name, s.version desc limit $3");
        command.Parameters.Add(new() { Value = SettingKinds.Of(kind) });
        command.Parameters.Add(new() { Value = afterName ?? "" });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellation);
    }

    /// <summary>Policies in the order of their names, each in its latest version.</summary>
    /// <param name="today">The date: a review that was due before it is overdue.</param>
    /// <param name="reviewOverdue">True: those whose review is overdue alone; false: the others alone; null: all.</param>
    /// <param name="afterName">The last name of the page before; empty: from the start.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<ListedPolicy>> ListPoliciesAsync(DateOnly today, bool? reviewOverdue, string afterName, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"""
            with latest as (select distinct on (name) * from read.settings where kind = 'policy' and name > $1 order by name, version desc),
                bound as (select distinct on (name) name, (body->>'reviewBy')::date as review_by from read.settings
                    where kind = 'policy' and name > $1 and status = 'published' order by name, version desc)
            select {Columns}, coalesce(b.review_by < $2, false) from latest s left join bound b using (name)
            where $3::boolean is null or coalesce(b.review_by < $2, false) = $3 order by s.name limit $4
            """);
        command.Parameters.Add(new() { Value = afterName });
        command.Parameters.Add(new() { Value = today });
        command.Parameters.Add(new() { Value = reviewOverdue is { } wanted ? wanted : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Boolean });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<ListedPolicy> policies = [];
        while (await reader.ReadAsync(cancellation)) policies.Add(new ListedPolicy(Read(reader), reader.GetBoolean(10)));
        return policies;
    }

    private static async Task<IReadOnlyList<SettingRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<SettingRow> rows = [];
        while (await reader.ReadAsync(cancellation)) rows.Add(Read(reader));
        return rows;
    }

    private static SettingRow Read(NpgsqlDataReader row) => new(
        SettingKinds.Parse(row.GetString(0)), row.GetString(1), row.GetInt32(2), row.GetGuid(3), row.GetInt64(4), Enum.Parse<RuleStatus>(row.GetString(5), ignoreCase: true),
        row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7), row.GetFieldValue<DateTimeOffset>(8), row.GetString(9));
}
