using Npgsql;
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

    /// <summary>Everything that decisions may need: every version of every calendar, every policy version that was ever published, the rules in force.</summary>
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
