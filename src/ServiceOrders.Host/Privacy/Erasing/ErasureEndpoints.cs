using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Privacy;

/// <summary><c>/v1/audit/subjects/{id}</c> and <c>/v1/tickets/{idOrNumber}/erase</c>: making a person's data unreadable (row K5).</summary>
public static class ErasureEndpoints
{
    private const string Tag = "Audit";

    private const string Erasing = """
        Destroys the key with which everything personal of the subject was sealed: descriptions, contact details, messages, notes, in events and everywhere else, and in every backup made from now on. It
        cannot be undone. History stays, and so do its proofs. Refused while a ticket of the subject is neither closed nor cancelled, or under legal hold. Erased again, it answers the same. A customer who
        comes back afterwards is a new subject. Older backups still hold the wrapped key: see the documentation.
        """;

    /// <summary>Maps them.</summary>
    public static void MapErasures(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/audit/subjects/{id}/erase", EraseSubjectAsync).Describe("eraseSubject", Tag, "Makes a person's data unreadable for ever.", Erasing).ForAdministrators().NeedsNoKey()
            .Takes(typeof(EraseSubject), """{ "reference": "DSR-2026-117" }""", required: false).Answers<SubjectView>(200, "It is erased.").Refuses(ProblemTypes.NotFound, TicketsOpen, OnLegalHold);
        routes.MapGet("/v1/audit/subjects/{id}", GetAsync).Describe("getSubject", Tag, "A data subject: since when it has a key, and whether it was erased.").For(Callers.Administrator, auditors: true)
            .Answers<SubjectView>(200, "The subject.").Refuses(ProblemTypes.NotFound);
        routes.MapPost("/v1/tickets/{idOrNumber}/erase", EraseTicketAsync)
            .Describe("eraseTicket", "Tickets", "Makes the personal data of a ticket without a customer unreadable for ever.", Erasing + "\nA ticket that has a customer is refused: the customer is erased, with all tickets.")
            .ForAdministrators().NeedsNoKey().Takes(typeof(EraseSubject), """{ "reference": "DSR-2026-117" }""", required: false)
            .Answers<SubjectView>(200, "It is erased.").Refuses(ProblemTypes.NotFound, TicketsOpen, OnLegalHold, SubjectIsCustomer);
    }

    private static ProblemType TicketsOpen { get; } = RuleProblems.TypeOf(Refusal.State("tickets-open", ""));
    private static ProblemType OnLegalHold { get; } = RuleProblems.TypeOf(Refusal.State("on-legal-hold", ""));
    private static ProblemType SubjectIsCustomer { get; } = RuleProblems.TypeOf(Refusal.State("subject-is-customer", ""));

    private static async Task<IResult> EraseSubjectAsync(string id, HttpContext http, SubjectErasure erasure)
    {
        var body = await JsonBody.ReadAsync<EraseSubject>(http);
        return Guid.TryParseExact(id, "D", out var subject) ? await EraseAsync(http, erasure, subject, body.Value) : new Problem(ProblemTypes.NotFound);
    }

    private static async Task<IResult> EraseTicketAsync(string idOrNumber, HttpContext http, TicketReader tickets, SubjectErasure erasure)
    {
        var body = await JsonBody.ReadAsync<EraseSubject>(http);
        if (await tickets.FindAsync(idOrNumber, http.RequestAborted) is not { } ticket) return new Problem(ProblemTypes.NotFound);
        return ticket.SubjectId == ticket.Id
            ? await EraseAsync(http, erasure, ticket.SubjectId, body.Value)
            : Problem.Of(Refusal.State("subject-is-customer", $"Whose data it is, is the customer: erase subject {ticket.SubjectId}, with all its tickets."));
    }

    private static async Task<IResult> EraseAsync(HttpContext http, SubjectErasure erasure, Guid subject, EraseSubject body)
    {
        if (body.Reference is { } reference && (reference.Length is 0 or > Limits.Name || reference.Any(char.IsControl)))
            return Problem.With(ProblemTypes.InvalidValues, "reference", $"must be 1 to {Limits.Name} characters on one line");
        return await erasure.EraseAsync(subject, http.Caller().Actor, body.Reference, http.TraceId(), http.RequestAborted) is { } erased ? new Answer(SubjectView.Of(erased)) : new Problem(ProblemTypes.NotFound);
    }

    private static async Task<IResult> GetAsync(string id, HttpContext http, SubjectTable subjects) =>
        Guid.TryParseExact(id, "D", out var subject) && await subjects.FindAsync(subject, http.RequestAborted) is { } found ? new Answer(SubjectView.Of(found)) : new Problem(ProblemTypes.NotFound);
}

/// <summary>Erases a data subject.</summary>
public sealed record EraseSubject
{
    /// <summary>What the request is known by outside, kept for ever: a case number, never a name. 1 to 200 characters.</summary>
    public string? Reference { get; init; }
}

/// <summary>A data subject.</summary>
/// <param name="SubjectId">Its id.</param>
/// <param name="CustomerId">The customer; null: it is a ticket without one.</param>
/// <param name="CreatedAt">Since when it has a key.</param>
/// <param name="ErasedAt">When its key was destroyed; null: it was not.</param>
/// <param name="ClearedAt">When the last of its tickets was told; null: some are still to be told, which is done by itself.</param>
/// <param name="ClearedTickets">How many tickets were.</param>
public sealed record SubjectView(Guid SubjectId, Guid? CustomerId, DateTimeOffset CreatedAt, DateTimeOffset? ErasedAt, DateTimeOffset? ClearedAt, int ClearedTickets)
{
    /// <summary>A subject.</summary>
    public static SubjectView Of(DataSubject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return new(subject.Id, subject.CustomerId, subject.CreatedAt, subject.ErasedAt, subject.ClearedAt, subject.ClearedTickets);
    }
}
