using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Tickets;

/// <summary>Between HTTP and what the ticket service asks for and answers.</summary>
internal static class TicketAnswers
{
    /// <summary>A request that only reads.</summary>
    public static TicketRequest Reading(HttpContext http) => new(http.Caller(), http.TraceId(), Route: Operations.RouteOf(http));

    /// <summary>A request that changes something.</summary>
    public static TicketRequest Changing(HttpContext http, RequestKeys keys, byte[] body)
    {
        var caller = http.Caller();
        return new TicketRequest(caller, http.TraceId(), keys.Take(http, caller, body), Preconditions.IfMatch(http), Operations.RouteOf(http));
    }

    /// <summary>What is wrong with a message: one that lacks a required field is malformed, whatever else may be wrong with it.</summary>
    /// <param name="errors">At least one.</param>
    /// <param name="path">Stands before each field's path.</param>
    public static Problem ProblemOf(IReadOnlyList<FieldError> errors, string path = "") =>
        Problem.With(errors.Any(e => e.IsMissing) ? ProblemTypes.InvalidFields : ProblemTypes.InvalidValues, errors.Select(e => KeyValuePair.Create(path + e.Field, e.Message)));

    /// <summary>What the caller is told.</summary>
    public static IResult ToResult(this TicketAnswer answer) => answer switch
    {
        Answered(var status, var ticket) => new Answer(ticket, status, ticket.Version, status == StatusCodes.Status201Created ? $"/v1/tickets/{ticket.Id}" : null),
        Refused(var refusal) => Problem.Of(refusal),
        Invalid(var errors) => ProblemOf(errors),
        NotDone(var trouble) => new Problem(trouble switch
        {
            TicketTrouble.NotFound => ProblemTypes.NotFound,
            TicketTrouble.StaleVersion => ProblemTypes.StaleVersion,
            _ => ProblemTypes.Conflict,
        }),
        _ => throw new InvalidOperationException($"No answer for {answer.GetType().Name}."),
    };
}
