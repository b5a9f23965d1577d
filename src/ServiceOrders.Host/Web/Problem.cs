using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Web;

/// <summary>
/// Trouble as the caller is told of it: problem details (RFC 9457) with the service's own members <c>errors</c> (by field path) and <c>traceId</c>.
/// Endpoints return it; whatever cannot return, throws <see cref="ProblemException"/>.
/// </summary>
/// <param name="Type">The kind of trouble.</param>
/// <param name="Detail">What happened this time; never personal data, internals or a stack trace.</param>
public sealed record Problem(ProblemType Type, string? Detail = null) : IResult
{
    /// <summary>What is wrong, by field path (<c>contact.phone</c>), parameter or header name.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>After how many seconds to try again.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>A problem with one field, parameter or header.</summary>
    public static Problem With(ProblemType type, string field, string error) => new(type, $"{field}: {error}") { Errors = new Dictionary<string, string[]> { [field] = [error] } };

    /// <summary>Problems with fields that a validation found.</summary>
    public static Problem With(ProblemType type, IEnumerable<KeyValuePair<string, string>> errors)
    {
        var byField = errors.GroupBy(e => e.Key, e => e.Value, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        return new Problem(type, string.Join("; ", byField.Take(5).Select(e => $"{e.Key}: {e.Value[0]}"))) { Errors = byField };
    }

    /// <summary>A decision's refusal: 409 or 422, its code the last part of <c>type</c>.</summary>
    public static Problem Of(Refusal refusal) => new(RuleProblems.TypeOf(refusal), refusal.Detail)
    {
        Errors = refusal.Errors?.ToDictionary(error => error.Key, error => new[] { error.Value })
            ?? (refusal.Field is { } field ? new Dictionary<string, string[]> { [field] = [refusal.Detail] } : null),
    };

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Type.Status;
        response.ContentType = "application/problem+json";
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return JsonSerializer.SerializeAsync(response.Body, ToDocument(httpContext.TraceId()), ApiJson.Options, httpContext.RequestAborted);
    }

    /// <summary>The problem as it is written.</summary>
    /// <param name="traceId">Finds the request in logs and traces.</param>
    public ProblemDocument ToDocument(string traceId) => new(Type.Uri, Type.Title, Type.Status, Detail, Errors, traceId);
}

/// <summary>A problem as it is written.</summary>
/// <param name="Type">Stable; tells problems apart: <c>/problems/{code}</c>, where the service explains it.</param>
/// <param name="Title">What is the matter, the same for every occurrence.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What happened this time.</param>
/// <param name="Errors">What is wrong, by field path, parameter or header name.</param>
/// <param name="TraceId">Finds the request in logs and traces.</param>
public sealed record ProblemDocument(
    string Type, string Title, int Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string[]>? Errors, string TraceId);

/// <summary>Carries a problem from where it is found to the middleware that answers it.</summary>
/// <param name="problem">The problem.</param>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail ?? problem.Type.Title)
{
    /// <summary>The problem.</summary>
    public Problem Problem { get; } = problem;
}

/// <summary>The request's identity in logs, traces and events.</summary>
public static class RequestTrace
{
    /// <summary>The request's W3C trace id; the connection's request id where nobody traces.</summary>
    public static string TraceId(this HttpContext http) => Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;
}
