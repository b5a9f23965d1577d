using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Policies;

/// <summary>
/// What a policy, well formed in all of its parts, would promise in vain: a clock that never starts or that nothing can meet, a pause that never ends, an entry that never applies.
/// Refuses only what can be seen from the policy alone to be so whatever happens to a ticket.
/// </summary>
internal sealed class PolicySense
{
    private readonly Policy _policy;
    private readonly HashSet<string> _starting;

    private PolicySense(Policy policy) => (_policy, _starting) = (policy, Starting(policy));

    /// <summary>Errors by field path.</summary>
    /// <param name="policy">A policy without other errors.</param>
    public static IEnumerable<KeyValuePair<string, string>> Errors(Policy policy)
    {
        var sense = new PolicySense(policy);
        for (var i = 0; i < policy.Milestones.Count; i++)
        {
            var entry = policy.Milestones[i];
            foreach (var (field, what) in (IEnumerable<(string, string?)>)
                [sense.NeverApplies(entry, i), ("startsOn", sense.NeverStarts(entry)), ("metBy", sense.NeverMet(entry)), ("pausedBy", NeverEnds(entry))])
            {
                if (what is not null) yield return new($"milestones[{i}].{field}", what);
            }
        }
    }

    private (string Field, string? What) NeverApplies(MilestoneRule entry, int index)
    {
        var covering = _policy.Milestones.Take(index).TakeWhile(earlier => earlier.Name != entry.Name || !Covers(earlier.AppliesTo, entry.AppliesTo)).Count();
        if (covering < index) return ("appliesTo", $"can never apply: milestones[{covering}], before it, applies to all that it is for");
        // A classification never changes these: what the policy was not chosen for, no milestone of it can be for.
        const string Apart = "can never apply: the policy is for none of these";
        if (Disjoint(_policy.AppliesTo.Channel, entry.AppliesTo.Channel)) return ("appliesTo.channel", Apart);
        if (Disjoint(_policy.AppliesTo.Region, entry.AppliesTo.Region)) return ("appliesTo.region", Apart);
        return ("appliesTo.medium", Disjoint(_policy.AppliesTo.Medium, entry.AppliesTo.Medium) ? Apart : null);
    }

    private string? NeverStarts(MilestoneRule entry)
    {
        if (entry.StartsOn.Contains("cancelled")) return "cannot name cancelled: nothing can be done for a ticket after it";
        if (_starting.Contains(entry.Name)) return null;
        var first = entry.StartsOn[0];
        return "never comes: " + (NameOf(first) == Triggers.Breached ? $"{first} needs a clock that starts before"
            : entry.Target.Agreed is not null && first == "opened" ? $"no {entry.Target.Agreed} is agreed yet when a ticket is opened"
            : entry.Target.Agreed is not null && first == "visitCompleted" ? $"the {entry.Target.Agreed} that was agreed is over then, and no other agreed yet"
            : $"no hold is in force at {first}, and the entry is for tickets on hold alone");
    }

    private string? NeverMet(MilestoneRule entry)
    {
        if (!_starting.Contains(entry.Name)) return null;
        var entries = _policy.Milestones.Where(m => m.Name == entry.Name).ToList();
        // Which entry governs a clock may change while it runs: only what all of them name ends it for sure.
        var ending = entries.Select(m => m.CancelledBy.AsEnumerable()).Aggregate((some, others) => some.Intersect(others, StringComparer.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var starts = entries.SelectMany(m => m.StartsOn.Where(s => CanStart(m, s, _starting)));
        return starts.Any(start => entry.MetBy.Any(met => TriggerOrder.CanFollow(met, start, ending))) ? null
            : "can never come after the start: what it names is over by then, or needs something first that ends the clock (cancelledBy)";
    }

    private static string? NeverEnds(MilestoneRule entry)
    {
        if (entry.PausedBy.Count == 0) return null;
        if (entry.Target.Agreed is not null) return "must be empty for an agreed time: no pause moves it";
        return entry.MetBy.Concat(entry.CancelledBy).Contains("resumed") ? "would never end: resumed, which ends a wait, ends this clock too" : null;
    }

    /// <summary>The milestones that can start at all: those that start by what people do, then those that start by the breaches of such, and so on.</summary>
    private static HashSet<string> Starting(Policy policy)
    {
        var starting = new HashSet<string>(StringComparer.Ordinal);
        int known;
        do
        {
            known = starting.Count;
            starting.UnionWith(policy.Milestones.Where(m => m.StartsOn.Any(s => CanStart(m, s, starting))).Select(m => m.Name).ToArray());
        }
        while (starting.Count > known);
        return starting;
    }

    private static bool CanStart(MilestoneRule entry, string trigger, HashSet<string> starting) => NameOf(trigger) switch
    {
        Triggers.Breached => trigger == Triggers.Breached ? starting.Count > 0 : starting.Contains(trigger[(Triggers.Breached.Length + 1)..]),
        "cancelled" => false,
        "opened" or "visitCompleted" when entry.Target.Agreed is not null => false,
        var name => entry.AppliesTo.HoldReason.Count == 0 || !TriggerOrder.WithoutHold.Contains(name),
    };

    private static string NameOf(string trigger) => trigger.Split(':')[0];

    /// <summary>Whether the one holds for every ticket for which the other does.</summary>
    private static bool Covers(Applicability one, Applicability other) =>
        Covers(one.Channel, other.Channel) && Covers(one.Kind, other.Kind) && Covers(one.Urgency, other.Urgency) && Covers(one.Complexity, other.Complexity)
        && Covers(one.Tier, other.Tier) && Covers(one.Region, other.Region) && Covers(one.Medium, other.Medium) && Covers(one.HoldReason, other.HoldReason);

    private static bool Covers<T>(IReadOnlyList<T> one, IReadOnlyList<T> other) => one.Count == 0 || (other.Count > 0 && other.All(one.Contains));

    private static bool Disjoint<T>(IReadOnlyList<T> one, IReadOnlyList<T> other) => one.Count > 0 && other.Count > 0 && !other.Any(one.Contains);
}
