using System.Text.Json.Serialization;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>A versioned set of milestones (rows D1 to D9), as the API writes it. Immutable.</summary>
public sealed record Policy
{
    /// <summary>The policy's name: lower-case letters, digits, hyphens.</summary>
    public required string Name { get; init; }
    /// <summary>From 1; 0 for a candidate that was never saved.</summary>
    public int Version { get; init; }
    /// <summary>Of the policies that match a ticket, the one with the highest priority wins.</summary>
    public int Priority { get; init; }
    /// <summary>Which tickets it is for.</summary>
    public Applicability AppliesTo { get; init; } = new();
    /// <summary>Its milestones. Several entries may share a name: the first that applies holds.</summary>
    public required IReadOnlyList<MilestoneRule> Milestones { get; init; }
    /// <summary>The entries by milestone, in the order in which each name first appears.</summary>
    internal IReadOnlyList<IGrouping<string, MilestoneRule>> ByName
    {
        get
        {
            // A copy made by `with` brings the old grouping along, so it is kept together with what it was made from.
            if (_grouped is not { } known || !ReferenceEquals(known.From, Milestones)) _grouped = known = new(Milestones, [.. Milestones.GroupBy(m => m.Name, StringComparer.Ordinal)]);
            return known.Groups;
        }
    }
    private Grouped? _grouped;

    /// <summary>Where an entry stands among the milestones, from 1. It must be one of them, not a copy.</summary>
    internal int EntryOf(MilestoneRule rule)
    {
        for (var i = 0; i < Milestones.Count; i++)
        {
            if (ReferenceEquals(Milestones[i], rule)) return i + 1;
        }
        throw new ArgumentException("The entry is none of this policy's.", nameof(rule));
    }

    /// <summary>Whether it has a milestone of that name.</summary>
    internal bool Has(string milestone)
    {
        foreach (var rules in ByName)
        {
            if (rules.Key == milestone) return true;
        }
        return false;
    }

    /// <summary>The entry under which a clock goes on, of those of its name: the first that applies; null when none does any more.</summary>
    internal MilestoneRule? Applying(IEnumerable<MilestoneRule> rules, MilestoneCycle cycle, Ticket ticket) =>
        rules.FirstOrDefault(rule => rule.AppliesTo.StillMatches(ticket, cycle.StartedAt) && MayTakeOver(rule, cycle, ticket));

    /// <summary>
    /// Whether an entry may govern a running clock: its own, and any other of which something that starts it has happened since the clock started. What was promised because a problem was taken
    /// for complex is not promised for a rejection that never came. A version applied to running tickets takes their clocks over as they are.
    /// </summary>
    private bool MayTakeOver(MilestoneRule rule, MilestoneCycle cycle, Ticket ticket) =>
        cycle.Entry is not { } entry || cycle.PolicyVersion != Version || EntryOf(rule) == entry || rule.StartsOn.Any(trigger => ticket.HasHappened(trigger, cycle.StartedAt));

    private sealed record Grouped(IReadOnlyList<MilestoneRule> From, IReadOnlyList<IGrouping<string, MilestoneRule>> Groups);

    /// <summary>When it is to be reviewed next (每年修订, row D9).</summary>
    public DateOnly? ReviewBy { get; init; }
}

/// <summary>Which tickets something is for. An empty list matches everything.</summary>
public sealed record Applicability
{
    /// <summary>Channel names.</summary>
    public IReadOnlyList<string> Channel { get; init; } = [];
    /// <summary>Kinds.</summary>
    public IReadOnlyList<TicketKind> Kind { get; init; } = [];
    /// <summary>Urgencies.</summary>
    public IReadOnlyList<Urgency> Urgency { get; init; } = [];
    /// <summary>Complexities.</summary>
    public IReadOnlyList<Complexity> Complexity { get; init; } = [];
    /// <summary>Customer tiers.</summary>
    public IReadOnlyList<CustomerTier> Tier { get; init; } = [];
    /// <summary>Regions.</summary>
    public IReadOnlyList<string> Region { get; init; } = [];
    /// <summary>Media.</summary>
    public IReadOnlyList<Medium> Medium { get; init; } = [];
    /// <summary>Reasons of the hold in force; a ticket that is not on hold matches only the empty list. For milestones only.</summary>
    public IReadOnlyList<HoldReason> HoldReason { get; init; } = [];

    /// <summary>Whether the ticket, as it stands, is one of those.</summary>
    public bool Matches(Ticket ticket) =>
        MatchesAllButHold(ticket) && (HoldReason.Count == 0 || (ticket.Hold is { } hold && HoldReason.Contains(hold.Reason)));

    /// <summary>Whether a clock that runs since <paramref name="start"/> may go on under it: a hold that it went through counts although it has ended (<see cref="Ticket.Holds"/>).</summary>
    public bool StillMatches(Ticket ticket, DateTimeOffset start) =>
        MatchesAllButHold(ticket) && (HoldReason.Count == 0 || ticket.Holds.Any(h => HoldReason.Contains(h.Reason) && !(h.Until <= start)));

    private bool MatchesAllButHold(Ticket ticket) =>
        Has(Channel, ticket.Channel) && Has(Kind, ticket.Kind) && Has(Urgency, ticket.Urgency) && Has(Complexity, ticket.Complexity)
        && Has(Tier, ticket.Tier) && (Region.Count == 0 || (ticket.Region is { } region && Region.Contains(region))) && Has(Medium, ticket.Medium);

    private static bool Has<T>(IReadOnlyList<T> list, T value) => list.Count == 0 || list.Contains(value);
}

/// <summary>One promise of a policy: what starts its clock, what meets it, how long it may take.</summary>
public sealed record MilestoneRule
{
    /// <summary>The milestone's name, camelCase.</summary>
    public required string Name { get; init; }
    /// <summary>Which tickets of the policy it is for.</summary>
    public Applicability AppliesTo { get; init; } = new();
    /// <summary>The calendar that working time is counted on.</summary>
    public string Calendar { get; init; } = "always";
    /// <summary>How long it may take.</summary>
    public required Target Target { get; init; }
    /// <summary>Triggers that start it, see <see cref="Triggers"/>.</summary>
    public required IReadOnlyList<string> StartsOn { get; init; }
    /// <summary>Triggers that meet it.</summary>
    public required IReadOnlyList<string> MetBy { get; init; }
    /// <summary>Reasons of a hold during which the clock stands still.</summary>
    public IReadOnlyList<HoldReason> PausedBy { get; init; } = [];
    /// <summary>Triggers that cancel it.</summary>
    public IReadOnlyList<string> CancelledBy { get; init; } = [];
    /// <summary>Whether a start after the cycle ended opens the next cycle.</summary>
    public bool Repeat { get; init; }
    /// <summary>Triggers that set a running cycle back to its full target.</summary>
    public IReadOnlyList<string> RestartsOn { get; init; } = [];
    /// <summary>Percentages of the budget at which to warn, 1 to 99.</summary>
    public IReadOnlyList<int> WarnAt { get; init; } = [];
    /// <summary>What reopening the ticket does to a cycle that resolving, confirming or closing had ended.</summary>
    public OnReopen OnReopen { get; init; }
    /// <summary>What a breach sets off.</summary>
    public IReadOnlyList<BreachAction> OnBreach { get; init; } = [];
}

/// <summary>What reopening does to a cycle that resolving, confirming or closing had ended.</summary>
public enum OnReopen
{
    /// <summary>The old cycle runs on, the time in between excluded, its breach kept.</summary>
    Continue,
    /// <summary>A new cycle opens.</summary>
    Restart,
}

/// <summary>What a breach sets off: exactly one of these. A list of them happens in its order.</summary>
public sealed record BreachAction
{
    /// <summary>Escalate to at least this level, from 1; a ticket that is there already stays. 0: not this action.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public int Escalate { get; init; }
    /// <summary>Escalate by so many levels, from 1, from wherever the ticket stands, so that no supervisor in between is passed over; at most to the highest level. 0: not this action.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public int EscalateBy { get; init; }
    /// <summary>Tell someone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public NoticeAudience? Notify { get; init; }
    /// <summary>Hand the ticket over.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public HandOver? Reassign { get; init; }
    /// <summary>Explain the breach in these words, for what is always the same reason.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Annotate { get; init; }
}

/// <summary>Whom a breach hands the ticket to; a team without a person hands it to the team.</summary>
/// <param name="Team">The team; null: stays.</param>
/// <param name="Assignee">The person; null: nobody yet.</param>
public sealed record HandOver(string? Team = null, string? Assignee = null);

/// <summary>Who can be told of a breach.</summary>
public enum NoticeAudience
{
    /// <summary>The customer, through the ticket's channel.</summary>
    Customer,
    /// <summary>The person responsible.</summary>
    Assignee,
    /// <summary>The team responsible.</summary>
    Team,
    /// <summary>The team's supervisor of the level that the ticket is at, at least of the first; where none is set up, whoever it was escalated to last.</summary>
    Supervisor,
}
