using System.Text.Json;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Simulating;

/// <summary>The body of <c>POST /v1/simulations</c>: what is tried out, and on what: either a sequence of acts, or real tickets.</summary>
public sealed record SimulationRequest
{
    /// <summary>
    /// The policy that applies to every ticket, whichever it is for: a whole policy as <c>POST /v1/policies</c> takes it, or the name of one, whose latest version is taken, a draft too.
    /// Left out: sequences get the policy in force when they are opened, real tickets keep theirs.
    /// </summary>
    public JsonElement? Policy { get; init; }
    /// <summary>Calendars as <c>POST /v1/calendars</c> takes them, each in place of the latest version of its name; new names are possible. At most 20.</summary>
    public IReadOnlyList<CalendarDefinition> Calendars { get; init; } = [];
    /// <summary>
    /// What happens to a supposed ticket, in order of time: each an act's own fields with <c>act</c> and <c>occurredAt</c>; the first is <c>open</c>. Texts and the contact may be missing. At
    /// most 500.
    /// </summary>
    public IReadOnlyList<JsonElement>? Acts { get; init; }
    /// <summary>Which real tickets.</summary>
    public TicketSelection? Tickets { get; init; }
    /// <summary>The end of what is looked at, from 1970 to 2200: what falls due before it is settled, on both sides. Left out: now, or the last act where that is later.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>Which real tickets a simulation is about, and what is told of them; they come in the order of their openings.</summary>
public sealed record TicketSelection
{
    /// <summary>Opened at this instant or later.</summary>
    public DateTimeOffset? OpenedFrom { get; init; }
    /// <summary>Opened before this instant.</summary>
    public DateTimeOffset? OpenedTo { get; init; }
    /// <summary>Kinds, as they stand now; empty: all.</summary>
    public IReadOnlyList<TicketKind> Kind { get; init; } = [];
    /// <summary>Channels' names; empty: all.</summary>
    public IReadOnlyList<string> Channel { get; init; } = [];
    /// <summary>Names of the policies that the tickets have; empty: all, those without a policy too.</summary>
    public IReadOnlyList<string> Policy { get; init; } = [];
    /// <summary>At most so many tickets; left out: all.</summary>
    public int? Limit { get; init; }
    /// <summary>Of which tickets a line is told; all when left out.</summary>
    public LinesTold Lines { get; init; }
}

/// <summary>Of which tickets a line is told. The summary counts all of them in any case.</summary>
public enum LinesTold
{
    /// <summary>Of every ticket.</summary>
    All,
    /// <summary>Of those for which anything differs.</summary>
    Differing,
    /// <summary>Of none.</summary>
    None,
}

/// <summary>A body for the OpenAPI document; a test posts it.</summary>
internal static class SimulationExample
{
    public const string Request = """
        { "policy": { "name": "stricter", "milestones": [ { "name": "resolution", "calendar": "cn-office", "target": { "working": "PT8H" }, "startsOn": ["opened"], "metBy": ["resolved"],
            "pausedBy": ["awaitingCustomer"], "onBreach": [ { "escalate": 1 } ] } ] },
          "acts": [ { "act": "open", "occurredAt": "2026-11-20T01:00:00Z", "kind": "repair" }, { "act": "hold", "occurredAt": "2026-11-20T03:00:00Z", "reason": "awaitingCustomer" },
            { "act": "resume", "occurredAt": "2026-11-23T01:00:00Z" }, { "act": "resolve", "occurredAt": "2026-11-24T02:00:00Z" } ] }
        """;
}
