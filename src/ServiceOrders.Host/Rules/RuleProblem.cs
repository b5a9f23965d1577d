using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Rules;

/// <summary>Trouble that only rules make. All 422: the JSON is well formed, what it says does not hold together.</summary>
internal static class RuleProblem
{
    public static readonly ProblemType InvalidCalendar = Of("invalid-calendar");
    public static readonly ProblemType InvalidPolicy = Of("invalid-policy");
    public static readonly ProblemType InvalidClassificationRules = Of("invalid-classification-rules");
    public static readonly ProblemType InvalidRetentionRules = Of("invalid-retention-rules");
    public static readonly ProblemType InvalidTeam = Of("invalid-team");
    public static readonly ProblemType InvalidCalculation = Of("invalid-calculation");
    public static readonly ProblemType CalendarRange = Of("calendar-range");
    public static readonly ProblemType InvalidHolidayFeed = Of("invalid-holiday-feed");
    public static readonly ProblemType NothingChanges = Of("nothing-changes");
    public static readonly ProblemType InvalidCandidate = Of("invalid-candidate");
    public static readonly ProblemType ActRefused = Of("act-refused");
    public static readonly ProblemType UnknownPolicy = Of("unknown-policy");

    private static ProblemType Of(string code) => RuleProblems.TypeOf(Refusal.Rule(code, ""));
}
