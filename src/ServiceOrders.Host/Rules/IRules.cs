using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;

namespace ServiceOrders.Host.Rules;

/// <summary>Where decisions get policies, calendars and classification rules from.</summary>
public interface IRules
{
    /// <summary>What this node knows now. Immutable; costs nothing.</summary>
    RuleSnapshot Current { get; }

    /// <summary>Reads everything anew: called when a ticket names a version that <see cref="Current"/> does not know. Callers at the same time share one read.</summary>
    Task<RuleSnapshot> RefreshAsync(CancellationToken cancellation);
}

/// <summary>What decisions are made with.</summary>
/// <param name="Rulebook">Policies and calendars.</param>
/// <param name="Classifier">Classification rules.</param>
public sealed record RuleSnapshot(Rulebook Rulebook, Classifier Classifier);
