using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Host.Web;

/// <summary>Who may call an operation. An operation that neither says so nor is <see cref="Operations.ForEveryone"/> cannot be called at all.</summary>
/// <param name="Callers">Channels and staff by their roles.</param>
/// <param name="Auditors">Auditors: they read everything and change nothing.</param>
public sealed record AccessInfo(Callers Callers, bool Auditors);

/// <summary>The parameters that an operation takes in its query.</summary>
/// <param name="Parameters">Those and no others.</param>
public sealed record QueryInfo(IReadOnlyList<QueryParameter> Parameters);

/// <summary>What an operation takes.</summary>
/// <param name="Type">The body's type.</param>
/// <param name="Example">An example, JSON.</param>
/// <param name="Required">Whether there must be a body: an act without fields needs none.</param>
public sealed record BodyInfo(Type Type, string? Example, bool Required);

/// <summary>What an operation answers.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">The body's type.</param>
/// <param name="Description">When.</param>
/// <param name="HasETag">Whether the answer has an ETag.</param>
/// <param name="HasLocation">Whether it has a Location.</param>
/// <param name="MediaType">The body's media type, where it is not the operation's own.</param>
public sealed record AnswerInfo(int Status, Type? Type, string Description, bool HasETag, bool HasLocation, string? MediaType = null);

/// <summary>That an operation takes and answers JSON values, one on a line, as a stream.</summary>
/// <param name="MediaType">The media type of both.</param>
/// <param name="Example">An example of a line that it takes.</param>
public sealed record LinesInfo(string MediaType, string Example);

/// <summary>That an operation takes a body of another media type as well, as text.</summary>
/// <param name="MediaType">The media type.</param>
/// <param name="Example">An example.</param>
public sealed record TextInfo(string MediaType, string Example);

/// <summary>That an operation may be repeated as it is: see <see cref="Operations.NeedsNoKey"/>.</summary>
public sealed record RepeatableInfo;

/// <summary>Problems that an operation may answer with, beside those that any may.</summary>
/// <param name="Types">The problem types.</param>
public sealed record ProblemInfo(IReadOnlyList<ProblemType> Types);

/// <summary>
/// Says of an endpoint what it is, who may call it, what it takes and what it answers. The same words steer the pipeline (access, query) and make the OpenAPI document.
/// </summary>
public static class Operations
{
    /// <summary>The operation of a request, by method and pattern: <c>GET /v1/tickets/{idOrNumber}</c>.</summary>
    public static string RouteOf(HttpContext http) => $"{http.Request.Method} {(http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText}";

    /// <summary>Everyone, without a key: nothing that belongs to anyone is in the answer.</summary>
    public static RouteHandlerBuilder ForEveryone(this RouteHandlerBuilder endpoint) => endpoint.AllowAnonymous();

    /// <summary>Channels, for what is their own, all who handle tickets, and auditors: for reading.</summary>
    public static RouteHandlerBuilder ForReaders(this RouteHandlerBuilder endpoint) => endpoint.For(Callers.Channel | Callers.Handlers, auditors: true);

    /// <summary>All staff, auditors too: for reading.</summary>
    public static RouteHandlerBuilder ForStaff(this RouteHandlerBuilder endpoint) => endpoint.For(Callers.Handlers, auditors: true);

    /// <summary>Administrators.</summary>
    public static RouteHandlerBuilder ForAdministrators(this RouteHandlerBuilder endpoint) => endpoint.For(Callers.Administrator);

    /// <summary>Those callers.</summary>
    public static RouteHandlerBuilder For(this RouteHandlerBuilder endpoint, Callers callers, bool auditors = false) => endpoint.WithMetadata(new AccessInfo(callers, auditors));

    /// <summary>Names the operation.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="id">Stable, camelCase: client generators name methods by it.</param>
    /// <param name="tag">The chapter of the document.</param>
    /// <param name="summary">One sentence.</param>
    /// <param name="description">More, in Markdown.</param>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string id, string tag, string summary, string? description = null)
    {
        endpoint.WithName(id).WithTags(tag).WithSummary(summary);
        return description is null ? endpoint : endpoint.WithDescription(description);
    }

    /// <summary>Says which parameters the query may have.</summary>
    public static RouteHandlerBuilder Query(this RouteHandlerBuilder endpoint, params QueryParameter[] parameters) => endpoint.WithMetadata(new QueryInfo(parameters));

    /// <summary>Says what the body is. Bodies of other media types are refused with 415.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint, string? example = null)
        where T : class => endpoint.Takes(typeof(T), example);

    /// <summary>Says what the body is.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder endpoint, Type type, string? example = null, bool required = true) =>
        endpoint.WithMetadata(new BodyInfo(type, example, required));

    /// <summary>Says that the body may be text of another media type instead; the operation itself looks which it is.</summary>
    public static RouteHandlerBuilder TakesText(this RouteHandlerBuilder endpoint, string mediaType, string example) => endpoint.WithMetadata(new TextInfo(mediaType, example));

    /// <summary>Says that it takes and answers lines; the operation itself looks at the media type.</summary>
    public static RouteHandlerBuilder TakesLines(this RouteHandlerBuilder endpoint, string mediaType, string example) => endpoint.WithMetadata(new LinesInfo(mediaType, example));

    /// <summary>Says what it answers when all is well.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder endpoint, int status, string description, bool etag = false, bool location = false) =>
        endpoint.WithMetadata(new AnswerInfo(status, typeof(T), description, etag, location));

    /// <summary>Says what it answers as a stream of JSON values, one on a line, where it can answer otherwise too.</summary>
    public static RouteHandlerBuilder AnswersLines<T>(this RouteHandlerBuilder endpoint, string mediaType, string description) =>
        endpoint.WithMetadata(new AnswerInfo(StatusCodes.Status200OK, typeof(T), description, false, false, mediaType));

    /// <summary>Says that it may be repeated as it is, or stores nothing: an idempotency key has nothing to do for it, and only its form is looked at.</summary>
    public static RouteHandlerBuilder NeedsNoKey(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new RepeatableInfo());

    /// <summary>Says which trouble is its own.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ProblemType[] types) => endpoint.WithMetadata(new ProblemInfo(types));
}
