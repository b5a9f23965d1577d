using System.Globalization;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Tickets;

/// <summary>What brought an event about (row A1): the request, the deadline or the change of rules at the root, and the event between it and them, where one is.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Request">The request, by its trace: the same for all that it brought about, and in the service's log.</param>
/// <param name="Milestone">The milestone whose time had come.</param>
/// <param name="Cycle">Its cycle.</param>
/// <param name="RuleChange">The change of rules that was brought to running tickets: <c>policy:standard/3</c>.</param>
/// <param name="EventId">The event to which this one is a reaction, in the same history.</param>
public sealed record EventCause(CauseKind Kind, string? Request, string? Milestone, int? Cycle, string? RuleChange, Guid? EventId)
{
    /// <summary>The cause of a stored event, from its headers and columns alone.</summary>
    /// <param name="stored">The event.</param>
    /// <param name="headers">Its headers.</param>
    public static EventCause Of(StoredEvent stored, EventHeaders headers)
    {
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(headers);
        var causation = stored.CausationId;
        Guid? reaction = Guid.TryParseExact(causation, "D", out var id) ? id : null;
        var named = causation?.StartsWith(TicketAppends.DeadlinePrefix, StringComparison.Ordinal) == true ? causation[TicketAppends.DeadlinePrefix.Length..] : null;
        if (Deadline(headers.Deadline ?? named) is var (milestone, cycle)) return new(CauseKind.Deadline, null, milestone, cycle, null, reaction);
        if (causation is not null && reaction is null) return new(CauseKind.RuleChange, null, null, null, causation, null);
        return new(stored.CorrelationId is null ? CauseKind.Service : CauseKind.Request, stored.CorrelationId, null, null, null, reaction);
    }

    private static (string Milestone, int Cycle)? Deadline(string? text) =>
        text?.LastIndexOf('/') is > 0 and { } slash && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var cycle) ? (text[..slash], cycle) : null;
}

/// <summary>What is at the root of an event.</summary>
public enum CauseKind
{
    /// <summary>A request of a channel or of staff.</summary>
    Request,
    /// <summary>A milestone's deadline or warning whose time had come.</summary>
    Deadline,
    /// <summary>A change of rules that running tickets follow.</summary>
    RuleChange,
    /// <summary>The service by itself: shipped rules, the first administrator, the monthly sample.</summary>
    Service,
}
