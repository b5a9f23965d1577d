using System.Text.Json.Serialization;
using ServiceOrders.Domain;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Policies;
using ServiceOrders.ReadModels.Settings;

namespace ServiceOrders.Host.Rules;

/// <summary>A version of a calendar as the API answers it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version, from 1.</param>
/// <param name="TimeZone">IANA time zone.</param>
/// <param name="Week">Working intervals by weekday.</param>
/// <param name="Days">Holidays and make-up days.</param>
/// <param name="KnownFrom">First date for which the holidays are known.</param>
/// <param name="KnownUntil">Last date for which they are.</param>
/// <param name="Retargeting">The job that brings running clocks under this version; null: it is the first.</param>
public sealed record CalendarView(string Name, int Version, string TimeZone, IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyList<string>>> Week,
    IReadOnlyList<SpecialDay> Days, DateOnly? KnownFrom, DateOnly? KnownUntil, string? Retargeting)
{
    /// <summary>The 7×24 calendar.</summary>
    public static readonly CalendarView Always = Of(CalendarDefinition.Always, 1);

    /// <summary>A version of a stored calendar.</summary>
    public static CalendarView Of(CalendarVersion version) => Of(DefinitionJson.Read<CalendarDefinition>(version.Definition), version.Version);

    /// <summary>A row of the settings.</summary>
    public static CalendarView Of(SettingRow row) => Of(DefinitionJson.Read<CalendarDefinition>(row.Body), row.Version);

    private static CalendarView Of(CalendarDefinition d, int version) => new(d.Name, version, d.TimeZone, d.Week, d.Days, d.KnownFrom, d.KnownUntil,
        CalendarVersion.ForRunning(d.Name, version) is { } change ? ReadModels.Retargetings.Retargeting.IdOf(change) : null);
}

/// <summary>A version of a policy as the API answers it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version, from 1.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="EffectiveFrom">From when it binds tickets that are opened; null: a draft.</param>
/// <param name="RetiredFrom">From when it binds none any more.</param>
/// <param name="Priority">Of the policies that match, the highest wins.</param>
/// <param name="AppliesTo">Which tickets it is for.</param>
/// <param name="Milestones">Its milestones.</param>
/// <param name="ReviewBy">When it is to be reviewed (row D9).</param>
/// <param name="ReviewOverdue">Whether the version that binds tickets, or is about to, is past that date: the policy's, whichever version is shown.</param>
/// <param name="SavedAt">When it was drafted.</param>
/// <param name="Versions">All versions, where one policy is asked for; null in lists.</param>
/// <param name="Retargeting">The job that brings running tickets under this version; null: they keep their promises. Null in lists.</param>
public sealed record PolicyView(string Name, int Version, RuleStatus Status, DateTimeOffset? EffectiveFrom, DateTimeOffset? RetiredFrom, int Priority, Applicability AppliesTo,
    IReadOnlyList<MilestoneRule> Milestones, DateOnly? ReviewBy, bool ReviewOverdue, DateTimeOffset SavedAt, IReadOnlyList<PolicyVersionView>? Versions, string? Retargeting)
{
    /// <summary>A version of a policy, beside its other versions.</summary>
    /// <param name="history">The policy.</param>
    /// <param name="version">The version.</param>
    /// <param name="today">The date: a review that was due before it is overdue.</param>
    public static PolicyView Of(PolicyHistory history, PolicyVersion version, DateOnly today) => Of(
        version.Policy, history.IsReviewOverdue(today), version.Status, version.EffectiveFrom, version.RetiredFrom, version.SavedAt,
        [.. history.Versions.Select(v => new PolicyVersionView(v.Policy.Version, v.Status, v.EffectiveFrom, v.RetiredFrom, v.SavedAt))],
        version.ForRunning is { } change ? ReadModels.Retargetings.Retargeting.IdOf(change) : null);

    /// <summary>A policy of a list.</summary>
    public static PolicyView Of(ListedPolicy listed)
    {
        var row = listed.Latest;
        return Of(DefinitionJson.Read<Policy>(row.Body) with { Version = row.Version }, listed.ReviewOverdue, row.Status, row.EffectiveFrom, row.RetiredFrom, row.SavedAt, null, null);
    }

    private static PolicyView Of(Policy p, bool overdue, RuleStatus status, DateTimeOffset? effective, DateTimeOffset? retired, DateTimeOffset saved, IReadOnlyList<PolicyVersionView>? versions,
        string? retargeting) =>
        new(p.Name, p.Version, status, effective, retired, p.Priority, p.AppliesTo, p.Milestones, p.ReviewBy, overdue, saved, versions, retargeting);
}

/// <summary>A version of a policy among the others.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="EffectiveFrom">From when it binds; null: a draft.</param>
/// <param name="RetiredFrom">From when it binds none any more.</param>
/// <param name="SavedAt">When it was drafted.</param>
public sealed record PolicyVersionView(int Version, RuleStatus Status, DateTimeOffset? EffectiveFrom, DateTimeOffset? RetiredFrom, DateTimeOffset SavedAt);

/// <summary>The classification rules in force as the API answers them.</summary>
/// <param name="Version">Version of the set; 0: there is none.</param>
/// <param name="Rules">In order of precedence.</param>
public sealed record ClassificationRulesView(long Version, IReadOnlyList<ClassificationRule> Rules)
{
    /// <summary>The set in force.</summary>
    public static ClassificationRulesView Of(ClassificationHistory history) => new(history.Version, DefinitionJson.Read<ClassificationRules>(history.Definition).Rules);
}

/// <summary>The body of <c>POST /v1/policies/{name}/publish</c>.</summary>
/// <param name="EffectiveFrom">From when it binds tickets that are opened, at least five seconds from now; left out: as soon as may be.</param>
/// <param name="ApplyToRunning">Whether running tickets that an older version of the policy binds are brought under it too.</param>
public sealed record PublishPolicy(DateTimeOffset? EffectiveFrom = null, bool ApplyToRunning = false);

/// <summary>The body of <c>POST /v1/policies/{name}/retire</c>.</summary>
/// <param name="RetiredFrom">From when tickets that are opened are no longer bound, at least five seconds from now; left out: as soon as may be.</param>
public sealed record RetirePolicy(DateTimeOffset? RetiredFrom = null);

/// <summary>The body of the calculator: a start, and either a target or an end.</summary>
/// <param name="Start">From when.</param>
/// <param name="Target">How long; the answer is the due time.</param>
/// <param name="End">Until when; the answer is the working time.</param>
public sealed record Calculation(DateTimeOffset Start, Target? Target = null, DateTimeOffset? End = null);

/// <summary>The calculator's answer: the due time to a target, the working time to an end.</summary>
/// <param name="DueAt">When the target is due.</param>
/// <param name="Working">Working time until the end as an ISO 8601 duration; negative when the end precedes the start.</param>
/// <param name="WorkingSeconds">The same in seconds.</param>
/// <param name="Provisional">Whether the span leaves the dates for which holidays are known.</param>
public sealed record Calculated(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DueAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Working,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? WorkingSeconds,
    bool Provisional);
