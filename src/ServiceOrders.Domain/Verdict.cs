using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain;

/// <summary>What a decision about a channel, a member of staff and the like came to: one event, or the rule that refuses; neither, when all is so already.</summary>
/// <typeparam name="TEvent">The stream's kind of events.</typeparam>
/// <param name="Event">What happened; null when refused, or when nothing had to happen.</param>
/// <param name="Refusal">Why not; null when it happened, or all is so already.</param>
public readonly record struct Verdict<TEvent>(TEvent? Event, Refusal? Refusal)
    where TEvent : class
{
    /// <summary>A refusal.</summary>
    public static implicit operator Verdict<TEvent>(Refusal refusal) => new(null, refusal);

    /// <summary>It happened.</summary>
    public static implicit operator Verdict<TEvent>(TEvent happened) => new(happened, null);
}

/// <summary>Verdicts that say nothing of their stream's events.</summary>
public static class Verdict
{
    /// <summary>All is as it is asked for already: no event, and no refusal.</summary>
    public static Verdict<TEvent> Unchanged<TEvent>()
        where TEvent : class => default;
}
