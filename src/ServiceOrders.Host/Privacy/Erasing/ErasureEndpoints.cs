using ServiceOrders.Domain;
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
        Destroys the key with which everything personal of the subject was sealed: descriptions, contact details, messages, notes, in events and everywhere else, and in every dump made from now on. It
        cannot be undone. History stays, and so do its proofs. Refused while a ticket of the subject is neither closed nor cancelled, or under legal hold. A customer who comes back afterwards is a new
        subject. Sent again with the same `reference`, it answers the subject that was erased then, also where the customer has come back since; without a reference each request is one of its own.
        Older backups still hold the wrapped key, and so do the files of the database and its write-ahead log, hence physical backups, until the table is vacuumed and the log recycled: see the documentation.
        """;

    /// <summary>Maps them.</summary>
    public static void MapErasures(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/audit/subjects/{id}/erase", EraseSubjectAsync).Describe("eraseSubject", Tag, "Makes a person's data unreadable for ever.", Erasing).ForAdministrators().NeedsNoKey()
            .Takes(typeof(EraseSubject), """{ "reference": "DSR-2026-117" }""", required: false).Answers<SubjectView>(200, "It is erased.").Refuses(ProblemTypes.NotFound, TicketsOpen, OnLegalHold, SubjectAmbiguous);
        routes.MapGet("/v1/audit/subjects/{id}", GetAsync).Describe("getSubject", Tag, "A data subject: since when it has a key, and whether it was erased.",
                "By the id of a customer, the subject that the customer is, or else was last, with the ids of the others; or by a subject's own id.").For(Callers.Administrator, auditors: true)
            .Answers<SubjectView>(200, "The subject.").Refuses(ProblemTypes.NotFound);
        routes.MapPost("/v1/tickets/{idOrNumber}/erase", EraseTicketAsync)
            .Describe("eraseTicket", "Tickets", "Makes the personal data of a ticket without a customer unreadable for ever.", Erasing + "\nA ticket that has a customer is refused: the customer is erased, with all tickets.")
            .ForAdministrators().NeedsNoKey().Takes(typeof(EraseSubject), """{ "reference": "DSR-2026-117" }""", required: false)
            .Answers<SubjectView>(200, "It is erased.").Refuses(ProblemTypes.NotFound, TicketsOpen, OnLegalHold, SubjectIsCustomer);
    }

    private static ProblemType TicketsOpen { get; } = RuleProblems.TypeOf(Refusal.State("tickets-open", ""));
    private static ProblemType OnLegalHold { get; } = RuleProblems.TypeOf(Refusal.State("on-legal-hold", ""));
    private static ProblemType SubjectIsCustomer { get; } = RuleProblems.TypeOf(Refusal.State("subject-is-customer", ""));
    private static ProblemType SubjectAmbiguous { get; } = RuleProblems.TypeOf(Refusal.State("subject-ambiguous", ""));

    private static async Task<IResult> EraseSubjectAsync(string id, HttpContext http, SubjectErasure erasure, SubjectTable subjects)
    {
        var body = await JsonBody.ReadAsync<EraseSubject>(http);
        if (!Guid.TryParseExact(id, "D", out var named)) return new Problem(ProblemTypes.NotFound);
        var (asCustomer, exact) = await NamedAsync(named, subjects, http.RequestAborted);
        // Callers choose customer ids: one may be that of a ticket, and nobody's key is destroyed by guess.
        if (asCustomer.Count > 0 && exact is not null && exact.CustomerId != named)
        {
            return Problem.Of(Refusal.State("subject-ambiguous", exact.CustomerId is null
                ? $"The id is that of a ticket without a customer, and some caller's customer: erase the ticket by /v1/tickets/{named}/erase, or the customer by the id of its subject, {asCustomer[0].Id}."
                : $"The id is that of a subject, and another customer's: name the customer by {exact.CustomerId}, or by the id of its subject, {asCustomer[0].Id}."));
        }
        return asCustomer.Count > 0 ? await EraseAsync(http, erasure.EraseCustomerAsync, named, body.Value) : await EraseAsync(http, erasure.EraseAsync, named, body.Value);
    }

    private static async Task<IResult> EraseTicketAsync(string idOrNumber, HttpContext http, TicketReader tickets, SubjectErasure erasure)
    {
        var body = await JsonBody.ReadAsync<EraseSubject>(http);
        if (await tickets.FindAsync(idOrNumber, http.RequestAborted) is not { } ticket) return new Problem(ProblemTypes.NotFound);
        return ticket.SubjectId == ticket.Id
            ? await EraseAsync(http, erasure.EraseAsync, ticket.SubjectId, body.Value)
            : Problem.Of(Refusal.State("subject-is-customer", $"Whose data it is, is the customer: erase subject {ticket.SubjectId}, with all its tickets."));
    }

    private static async Task<IResult> EraseAsync(HttpContext http, Func<Guid, Actor, string?, string?, CancellationToken, Task<DataSubject?>> erase, Guid id, EraseSubject body)
    {
        if (body.Reference is { } reference && (reference.Length is 0 or > Limits.Name || reference.Any(char.IsControl)))
            return Problem.With(ProblemTypes.InvalidValues, "reference", $"must be 1 to {Limits.Name} characters on one line");
        return await erase(id, http.Caller().Actor, body.Reference, http.TraceId(), http.RequestAborted) is { } erased ? new Answer(SubjectView.Of(erased)) : new Problem(ProblemTypes.NotFound);
    }

    private static async Task<IResult> GetAsync(string id, HttpContext http, SubjectTable subjects)
    {
        if (!Guid.TryParseExact(id, "D", out var named)) return new Problem(ProblemTypes.NotFound);
        var (asCustomer, exact) = await NamedAsync(named, subjects, http.RequestAborted);
        return (asCustomer.Count > 0 ? asCustomer[0] : exact) is not { } found ? new Problem(ProblemTypes.NotFound)
            : new Answer(SubjectView.Of(found) with { Others = [.. asCustomer.Append(exact).OfType<DataSubject>().Select(s => s.Id).Where(other => other != found.Id).Distinct()] });
    }

    private static async Task<(IReadOnlyList<DataSubject> AsCustomer, DataSubject? Exact)> NamedAsync(Guid id, SubjectTable subjects, CancellationToken cancellation) =>
        (await subjects.OfCustomerAsync(id, cancellation), await subjects.FindAsync(id, cancellation));
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
    /// <summary>The other subjects that the id asked for names: those that the customer was before. Given where a subject is asked for.</summary>
    public IReadOnlyList<Guid> Others { get; init; } = [];

    /// <summary>A subject.</summary>
    public static SubjectView Of(DataSubject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return new(subject.Id, subject.CustomerId, subject.CreatedAt, subject.ErasedAt, subject.ClearedAt, subject.ClearedTickets);
    }
}
