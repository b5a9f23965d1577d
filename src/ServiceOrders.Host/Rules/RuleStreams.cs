using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Teams;
using ServiceOrders.Host.Configuration;
using ServiceOrders.ReadModels.Retargetings;
using ServiceOrders.ReadModels.Settings;

namespace ServiceOrders.Host.Rules;

/// <summary>The streams of policies, calendars, classification rules and teams. A change that running tickets follow is written together with the job that brings them under it.</summary>
internal static class RuleStreams
{
    public static readonly StreamKind<PolicyHistory, IPolicyEvent> Policies =
        new("policy", PolicyHistory.Unsaved, (policy, happened, meta) => policy.Evolve(happened, meta), policy => policy.Version,
            (id, policy) => [SettingRow.Of(id, policy), .. RetargetingTable.RowsOf(policy)]);

    public static readonly StreamKind<CalendarHistory, ICalendarEvent> Calendars =
        new("calendar", CalendarHistory.Unsaved, (calendar, happened, meta) => calendar.Evolve(happened, meta), calendar => calendar.Version,
            (id, calendar) => [SettingRow.Of(id, calendar), .. RetargetingTable.RowsOf(calendar)]);

    public static readonly StreamKind<ClassificationHistory, IClassificationEvent> Classification =
        new("classification_rules", ClassificationHistory.Unsaved, (rules, happened, meta) => rules.Evolve(happened, meta), rules => rules.Version,
            (id, rules) => [SettingRow.Of(id, rules)]);

    public static readonly StreamKind<TeamHistory, ITeamEvent> Teams =
        new("team", TeamHistory.Unsaved, (team, happened, meta) => team.Evolve(happened, meta), team => team.Version, (id, team) => [SettingRow.Of(id, team)]);
}
