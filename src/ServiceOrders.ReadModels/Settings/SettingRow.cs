using ServiceOrders.Domain;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Teams;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels.Settings;

/// <summary>A version of a policy, calendar, team or set of classification rules as the table <c>read.settings</c> knows it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version, from 1.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="StreamVersion">Version of the event that changed it last.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="EffectiveFrom">A policy's effective time; null for a draft and for other kinds.</param>
/// <param name="RetiredFrom">A policy's retirement.</param>
/// <param name="SavedAt">When it was saved.</param>
/// <param name="Body">The definition as JSON.</param>
public sealed record SettingRow(
    SettingKind Kind, string Name, int Version, Guid StreamId, long StreamVersion, RuleStatus Status, DateTimeOffset? EffectiveFrom, DateTimeOffset? RetiredFrom,
    DateTimeOffset SavedAt, string Body)
{
    /// <summary>The rows that a policy's last event changed.</summary>
    public static InlineRow Of(Guid id, PolicyHistory policy) => Changed(policy.Versions.Where(v => v.ChangedAt == policy.Version).Select(v =>
        new SettingRow(SettingKind.Policy, policy.Name, v.Policy.Version, id, policy.Version, v.Status, v.EffectiveFrom, v.RetiredFrom, v.SavedAt, DefinitionJson.Write(v.Policy))));

    /// <summary>The row that a calendar's last event made.</summary>
    public static InlineRow Of(Guid id, CalendarHistory calendar)
    {
        var latest = calendar.Versions[^1];
        return Changed([new SettingRow(SettingKind.Calendar, calendar.Name, latest.Version, id, calendar.Version, RuleStatus.Published, null, null, latest.SavedAt, latest.Definition)]);
    }

    /// <summary>The row that the classification rules' last event made.</summary>
    public static InlineRow Of(Guid id, ClassificationHistory rules) => Changed(
        [new SettingRow(SettingKind.ClassificationRules, ClassificationHistory.Name, (int)rules.Version, id, rules.Version, RuleStatus.Published, null, null, rules.SavedAt, rules.Definition)]);

    /// <summary>The row that a team's last event made.</summary>
    public static InlineRow Of(Guid id, TeamHistory team) => Changed(
        [new SettingRow(SettingKind.Team, team.Name, (int)team.Version, id, team.Version, RuleStatus.Published, null, null, team.SavedAt, team.Definition)]);

    private static InlineRow Changed(IEnumerable<SettingRow> rows) => new(SettingTable.Instance, rows.ToArray());
}

/// <summary>A policy in a list.</summary>
/// <param name="Latest">Its latest version, a draft too.</param>
/// <param name="ReviewOverdue">Whether the version that binds is past the date of its review (row D9).</param>
public sealed record ListedPolicy(SettingRow Latest, bool ReviewOverdue);

/// <summary>What is set.</summary>
public enum SettingKind
{
    /// <summary>A deadline policy.</summary>
    Policy,
    /// <summary>A business calendar.</summary>
    Calendar,
    /// <summary>The classification rules.</summary>
    ClassificationRules,
    /// <summary>A team.</summary>
    Team,
}
