using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain;

/// <summary>What a decision about a channel, a member of staff and the like came to: one event, or the rule that refuses.</summary>
/// <typeparam name="TEvent">The stream's kind of events.</typeparam>
/// <param name="Event">What happened; null when refused.</param>
/// <param name="Refusal">Why not; null when it happened.</param>
public readonly record struct Verdict<TEvent>(TEvent? Event, Refusal? Refusal)
    where TEvent : class
{
    /// <summary>A refusal.</summary>
    public static implicit operator Verdict<TEvent>(Refusal refusal) => new(null, refusal);

    /// <summary>It happened.</summary>
    public static implicit operator Verdict<TEvent>(TEvent happened) => new(happened, null);
}
