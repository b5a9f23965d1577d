using Npgsql;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Policies;
using ServiceOrders.EventStore;
using Column = ServiceOrders.ReadModels.ColumnOf<ServiceOrders.ReadModels.Retargetings.RequestedRetargeting>;

namespace ServiceOrders.ReadModels.Retargetings;

/// <summary>Writes the jobs of <c>read.retargetings</c>, in the append of the change that they follow.</summary>
public sealed class RetargetingTable : InlineTable
{
    /// <summary>The one instance.</summary>
    public static readonly RetargetingTable Instance = new();

    // A policy's later events (it is retired) ask for its jobs again: they are there.
    private const string Sql = """
        insert into read.retargetings (id, kind, name, version, next_at, requested_at)
        select r.id, r.kind, r.name, r.version, r.next_at, (select events.recorded())[r.ordinal]
        from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[]) as r(ordinal, id, kind, name, version, next_at)
        where r.ordinal = any ((select events.accepted())::int[])
        on conflict (id) do nothing
        """;

    private static readonly Column<RequestedRetargeting>[] Columns =
    [
        Column.Text("id", r => Retargeting.IdOf(r.Change)), Column.Text("kind", r => Retargeting.KindOf(r.Change)), Column.Text("name", r => r.Change.Name),
        Column.Int("version", r => r.Change.Version), Column.Instant("next_at", r => r.InForceFrom),
    ];

    private RetargetingTable() { }

    /// <inheritdoc/>
    public override string Name => "retargetings";

    /// <summary>The job that a policy's last event asks for: none, unless it published a version for running tickets too.</summary>
    public static IEnumerable<InlineRow> RowsOf(PolicyHistory policy) => policy.Versions
        .Where(version => version.ChangedAt == policy.Version && version.ForRunning is not null)
        .Select(version => Row(version.ForRunning!, version.EffectiveFrom!.Value));

    /// <summary>The job that a calendar's last event asks for: none for its first version. Every node knows of the correction once <see cref="PolicyHistory.Notice"/> is over.</summary>
    public static IEnumerable<InlineRow> RowsOf(CalendarHistory calendar) =>
        CalendarVersion.ForRunning(calendar.Name, calendar.Versions[^1].Version) is { } change ? [Row(change, calendar.Versions[^1].SavedAt + PolicyHistory.Notice)] : [];

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation) => Columns.Command(Sql, rows);

    private static InlineRow Row(RuleChange change, DateTimeOffset inForceFrom) => new(Instance, new RequestedRetargeting(change, inForceFrom));
}

/// <summary>A job to be written.</summary>
/// <param name="Change">The change.</param>
/// <param name="InForceFrom">From when it is in force on every node.</param>
internal sealed record RequestedRetargeting(RuleChange Change, DateTimeOffset InForceFrom);
