using Npgsql;
using ServiceOrders.EventStore;
using Column = ServiceOrders.ReadModels.ColumnOf<ServiceOrders.ReadModels.Settings.SettingRow>;

namespace ServiceOrders.ReadModels.Settings;

/// <summary>Writes <c>read.settings</c>, in the append of the setting's own stream. A row of an append is the array of the versions that it changed.</summary>
public sealed class SettingTable : InlineTable
{
    /// <summary>The one instance.</summary>
    public static readonly SettingTable Instance = new();

    private const string Sql = """
        insert into read.settings (kind, name, version, stream_id, stream_version, status, effective_from, retired_from, saved_at, body)
        select r.kind, r.name, r.version, r.stream_id, r.stream_version, r.status, r.effective_from, r.retired_from, r.saved_at, r.body::jsonb
        from unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::uuid[], $6::bigint[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[])
            as r(ordinal, kind, name, version, stream_id, stream_version, status, effective_from, retired_from, saved_at, body)
        where r.ordinal = any ((select events.accepted())::int[])
        on conflict (kind, name, version) do update set stream_version = excluded.stream_version, status = excluded.status,
            effective_from = excluded.effective_from, retired_from = excluded.retired_from
        """;

    private static readonly Column<SettingRow>[] Columns =
    [
        Column.Text("kind", r => SettingKinds.Of(r.Kind)), Column.Text("name", r => r.Name), Column.Int("version", r => r.Version), Column.Id("stream_id", r => r.StreamId),
        Column.Long("stream_version", r => r.StreamVersion), Column.Text("status", r => Names<Domain.RuleStatus>.Of(r.Status)),
        Column.Instant("effective_from", r => r.EffectiveFrom), Column.Instant("retired_from", r => r.RetiredFrom), Column.Instant("saved_at", r => r.SavedAt),
        Column.Text("body", r => r.Body),
    ];

    private SettingTable() { }

    /// <inheritdoc/>
    public override string Name => "settings";

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation) =>
        Columns.Command(Sql, [.. rows.SelectMany(row => ((SettingRow[])row.Row).Select(version => new OrdinalRow(row.Ordinal, version)))]);
}

/// <summary>The names of kinds in the table: those of their stream types.</summary>
internal static class SettingKinds
{
    internal static string Of(SettingKind kind) => kind switch
    {
        SettingKind.Policy => "policy",
        SettingKind.Calendar => "calendar",
        SettingKind.Team => "team",
        _ => "classification_rules",
    };

    internal static SettingKind Parse(string kind) => kind switch
    {
        "policy" => SettingKind.Policy,
        "calendar" => SettingKind.Calendar,
        "team" => SettingKind.Team,
        _ => SettingKind.ClassificationRules,
    };
}
