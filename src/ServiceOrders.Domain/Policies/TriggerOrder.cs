using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Policies;

/// <summary>
/// Which trigger can come after which, whatever happens to a ticket: what the acts' own guards say (the table in the README beside them), as far as a policy can be held to it. In doubt, it can.
/// </summary>
internal static class TriggerOrder
{
    /// <summary>Triggers that come at most once to a ticket.</summary>
    private static readonly HashSet<string> Once = Set("opened", "acknowledged", "firstResponse", "cancelled");

    /// <summary>Triggers at which no hold is in force: before the first, after the end of one, or when work is over.</summary>
    public static readonly IReadOnlySet<string> WithoutHold =
        Set("opened", "resumed", "resolved", "confirmed", "rejected", "followUpCalled", "rated", "closed", "reopened", "cancelled");

    /// <summary>Something that holds of a ticket for a while.</summary>
    /// <param name="MadeBy">The trigger by which it comes to hold.</param>
    /// <param name="LackingAt">Triggers at which it surely does not hold.</param>
    private sealed record Fact(string MadeBy, IReadOnlySet<string> LackingAt);

    private static readonly Fact Resolution = new("resolved", Set("opened", "acknowledged", "firstResponse", "informationRequested", "diagnosed", "solutionProposed", "solutionRejected", "held",
        "resumed", "delayNotified", "visitScheduled", "arrived", "rejected", "reopened", "cancelled"));

    private static readonly Fact AgreedVisit = new("visitScheduled", Set("opened", "arrived", "visitCompleted"));

    private static readonly Fact TechnicianThere = new("arrived", Set("opened", "visitScheduled", "visitCompleted"));

    private static readonly Fact PendingSolution = new("solutionProposed", Set("opened", "solutionRejected", "resolved", "confirmed", "rejected", "followUpCalled", "rated", "closed", "reopened", "cancelled"));

    private static readonly Fact HoldInForce = new("held", WithoutHold);

    /// <summary>What has to hold for a trigger to come; null: nothing that is told here.</summary>
    private static Fact? Needed(string trigger) => trigger switch
    {
        "confirmed" or "rejected" or "followUpCalled" or "rated" or "closed" or "reopened" => Resolution,
        "arrived" => AgreedVisit,
        "visitCompleted" => TechnicianThere,
        "solutionRejected" => PendingSolution,
        "resumed" => HoldInForce,
        _ => null,
    };

    /// <summary>
    /// Whether a clock that starts at one trigger can be met by another while it runs. Within one event a clock is met before it starts, so what starts it meets it only when it comes again; what has
    /// to come first, and ends the clock, leaves nothing to be met.
    /// </summary>
    /// <param name="met">What would meet it.</param>
    /// <param name="start">What starts it.</param>
    /// <param name="ending">Triggers that end it.</param>
    public static bool CanFollow(string met, string start, IReadOnlySet<string> ending)
    {
        if (met == "opened" || (met == start && Once.Contains(met))) return false;
        // Levels only climb: past the one that the start was at, and no further than the highest.
        if (IsEscalation(met) && IsEscalation(start)) return LevelOf(met, any: PolicyValidation.MaxLevel) > LevelOf(start, any: 1);
        return Needed(met) is not { } fact || !fact.LackingAt.Contains(start) || (!ending.Contains(fact.MadeBy) && CanFollow(fact.MadeBy, start, ending));
    }

    private static bool IsEscalation(string trigger) => trigger.Split(':')[0] == Triggers.Escalated;

    /// <summary>The level that a trigger names; where it is any escalation, what is given.</summary>
    private static int LevelOf(string trigger, int any) => trigger.Length > Triggers.Escalated.Length ? trigger[^1] - '0' : any;

    private static HashSet<string> Set(params string[] triggers) => new(triggers, StringComparer.Ordinal);
}
