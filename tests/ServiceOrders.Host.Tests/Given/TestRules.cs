using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Rules;

namespace ServiceOrders.Host.Tests.Given;

/// <summary>Rules that a test sets; what is published later is known only after a refresh, as on a node that did not publish it.</summary>
public sealed class TestRules : IRules
{
    private readonly List<PublishedPolicy> _policies = [new(Quick, DateTimeOffset.MinValue)];
    private RuleSnapshot _published = new(new Rulebook([new PublishedPolicy(Quick, DateTimeOffset.MinValue)], []), Classifier.Empty);

    public TestRules() => Current = _published;

    /// <summary>Acknowledge within 2 hours, resolve within 24; both in clock time.</summary>
    public static Policy Quick { get; } = new()
    {
        Name = "quick", Version = 1, Priority = 1,
        Milestones =
        [
            new MilestoneRule
            {
                Name = "acknowledge", Target = Target.OfElapsed("PT2H"), StartsOn = ["opened"], MetBy = ["acknowledged"], CancelledBy = ["cancelled"], WarnAt = [75],
                OnBreach = [new BreachAction { Escalate = 1 }],
            },
            new MilestoneRule
            {
                Name = "resolution", Target = Target.OfElapsed("PT24H"), StartsOn = ["opened"], MetBy = ["resolved"], PausedBy = [HoldReason.AwaitingCustomer], CancelledBy = ["cancelled"],
            },
        ],
    };

    public RuleSnapshot Current { get; private set; }

    public int Refreshes { get; private set; }

    /// <summary>Publishes a policy, on another node.</summary>
    public void Publish(Policy policy, DateTimeOffset effectiveFrom)
    {
        _policies.Add(new PublishedPolicy(policy, effectiveFrom));
        _published = new RuleSnapshot(new Rulebook(_policies, []), Classifier.Empty);
    }

    public void Forget() => Current = new RuleSnapshot(new Rulebook([], []), Classifier.Empty);

    public Task<RuleSnapshot> RefreshAsync(CancellationToken cancellation)
    {
        Refreshes++;
        return Task.FromResult(Current = _published);
    }
}
