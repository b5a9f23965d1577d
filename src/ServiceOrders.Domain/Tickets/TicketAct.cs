using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;

namespace ServiceOrders.Domain.Tickets;

/// <summary>
/// A message that asks for something to happen to a ticket: the body of <c>POST /v1/tickets/{id}/{act}</c>, a line's entry in an import. Plain text here;
/// its decision seals what is personal before an event is made.
/// </summary>
public abstract record TicketAct
{
    /// <summary>When it happened; null: now. Never in the future; older than a few minutes only by staff, with a reason.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>Whether a reason is given, as an old <see cref="OccurredAt"/> demands.</summary>
    internal abstract bool HasReason { get; }
}

/// <summary>An act whose reason is free text.</summary>
public abstract record ReasonedAct : TicketAct
{
    /// <summary>Why, at most 2,000 characters.</summary>
    public string? Reason { get; init; }

    internal override bool HasReason => !string.IsNullOrWhiteSpace(Reason);
}

/// <summary>What a decision may know beside the ticket and the act.</summary>
public sealed record ActContext
{
    /// <summary>The time, microseconds.</summary>
    public required DateTimeOffset Now { get; init; }
    /// <summary>When the act happened: never after <see cref="Now"/>, never before the ticket's last event. Set by <see cref="TicketHandler"/>.</summary>
    public DateTimeOffset At { get; init; }
    /// <summary>When the act happened as its reporter says; before <see cref="At"/> where something later was already recorded. Set by <see cref="TicketHandler"/>.</summary>
    public DateTimeOffset ReportedAt { get; init; }
    /// <summary>Who acts.</summary>
    public required Actor Actor { get; init; }
    /// <summary>Policies and calendars.</summary>
    public required Rulebook Rules { get; init; }
    /// <summary>Seals personal data with the key of the ticket's data subject.</summary>
    public required Func<string, string> Seal { get; init; }
    /// <summary>Whether the key of the ticket's data subject was destroyed: nothing can be sealed any more.</summary>
    public bool SubjectErased { get; init; }
    /// <summary>What only an opening needs.</summary>
    public Opening? Opening { get; init; }
    /// <summary>An import of the past: breaches and warnings are marked historical, set nothing off, and acts may be as old as they are.</summary>
    public bool Historical { get; init; }
    /// <summary>A simulation: nobody has to be reached, and nothing is kept. Deadlines set off what they set off.</summary>
    public bool Simulated { get; init; }
    /// <summary>A fresh id for a message or an event.</summary>
    public Func<Guid> NewId { get; init; } = Guid.CreateVersion7;

    /// <summary>Seals a text that may be missing; white space counts as missing.</summary>
    public string? SealOptional(string? text) => string.IsNullOrWhiteSpace(text) ? null : Seal(text);
}

/// <summary>What only an opening needs.</summary>
/// <param name="Number">The number drawn for the ticket.</param>
/// <param name="SubjectId">The data subject.</param>
/// <param name="Channel">The channel's name.</param>
/// <param name="ChannelMedium">Its medium: the default of the request's.</param>
/// <param name="Classifier">The classification rules in force.</param>
/// <param name="PolicyName">Names the policy instead of choosing one (import, simulation).</param>
/// <param name="CalendarName">Stands in for every calendar but <c>always</c> that the policy names (import, simulation).</param>
public sealed record Opening(
    string Number, Guid SubjectId, string Channel, Medium ChannelMedium, Classifier Classifier, string? PolicyName = null, string? CalendarName = null);

/// <summary>What a decision came to: events, or the rule that refuses.</summary>
public readonly record struct Decision(IReadOnlyList<ITicketEvent> Events, Refusal? Refusal)
{
    /// <summary>A refusal.</summary>
    public static implicit operator Decision(Refusal refusal) => new([], refusal);
    /// <summary>It happened.</summary>
    public static Decision Happens(params ITicketEvent[] events) => new(events, null);
}

/// <summary>Why an act is refused.</summary>
/// <param name="Kind">Which answer it gets.</param>
/// <param name="Code">Stable, kebab case: the last part of the problem's <c>type</c>.</param>
/// <param name="Detail">What to know, in a sentence; no personal data.</param>
/// <param name="Field">The field at fault, when one is.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Detail, string? Field = null)
{
    /// <summary>The ticket's state forbids it: 409.</summary>
    public static Refusal State(string code, string detail) => new(RefusalKind.State, code, detail);
    /// <summary>A rule forbids it: 422.</summary>
    public static Refusal Rule(string code, string detail, string? field = null) => new(RefusalKind.Rule, code, detail, field);
    /// <summary>Fields do not hold together: 422, with every error by field path.</summary>
    public static Refusal Invalid(string code, IReadOnlyDictionary<string, string> errors) =>
        new(RefusalKind.Rule, code, string.Join("; ", errors.Take(5).Select(e => $"{e.Key} {e.Value}"))) { Errors = errors };

    /// <summary>Every error by field path, where there may be several.</summary>
    public IReadOnlyDictionary<string, string>? Errors { get; init; }
}

/// <summary>Which answer a refusal gets.</summary>
public enum RefusalKind
{
    /// <summary>409: the ticket's state forbids it.</summary>
    State,
    /// <summary>422: a rule forbids it.</summary>
    Rule,
}
