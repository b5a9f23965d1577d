namespace ServiceOrders.Host.Web;

/// <summary>A kind of trouble that an answer can name (RFC 9457). Codes are stable: clients tell problems apart by them.</summary>
/// <param name="Code">Kebab case; the problem's <c>type</c> is <c>/problems/{code}</c>, where this service explains it.</param>
/// <param name="Status">The HTTP status it comes with.</param>
/// <param name="Title">What is the matter, the same for every occurrence.</param>
/// <param name="Help">What it means and what to do about it.</param>
public sealed record ProblemType(string Code, int Status, string Title, string Help)
{
    /// <summary>The problem's <c>type</c>: a relative reference, so that it holds under whatever name the service is reached.</summary>
    public string Uri => "/problems/" + Code;
}

/// <summary>Every kind of trouble that does not come from a ticket's rules. Those are listed by <see cref="RuleProblems"/>.</summary>
public static class ProblemTypes
{
    /// <summary>The body is no JSON.</summary>
    public static readonly ProblemType MalformedJson = new("malformed-json", 400, "The body is not valid JSON", "The detail names line and position. Duplicate members, comments, trailing commas and more than 32 levels count as malformed.");
    /// <summary>The request is not HTTP as it should be.</summary>
    public static readonly ProblemType MalformedRequest = new("malformed-request", 400, "The request is malformed", "The request broke off or is not well-formed HTTP.");
    /// <summary>Fields are missing or hold what they must not.</summary>
    public static readonly ProblemType InvalidFields = new("invalid-fields", 400, "Fields are missing or invalid", "The member errors lists, by field path, what each field must be.");
    /// <summary>Fields that nobody knows.</summary>
    public static readonly ProblemType UnknownField = new("unknown-field", 400, "The body has unknown fields", "The member errors names each by its path. Unknown fields are refused so that a misspelt one is never silently ignored.");
    /// <summary>Query parameters that nobody knows.</summary>
    public static readonly ProblemType UnknownParameter = new("unknown-parameter", 400, "The query has unknown parameters", "The member errors names each. The OpenAPI document lists those that exist.");
    /// <summary>Query parameters that hold what they must not.</summary>
    public static readonly ProblemType InvalidParameter = new("invalid-parameter", 400, "Parameters are invalid", "The member errors lists, by name, what each parameter must be.");
    /// <summary>A header that holds what it must not.</summary>
    public static readonly ProblemType InvalidHeader = new("invalid-header", 400, "A header is invalid", "The member errors names it. If-Match takes one strong entity tag or *, Idempotency-Key 1 to 255 printable ASCII characters.");
    /// <summary>No credential, or none that counts.</summary>
    public static readonly ProblemType Unauthenticated = new("unauthenticated", 401, "A valid key is required", "Send the key as 'Authorization: Bearer <key>' or 'X-Api-Key: <key>'. Keys of suspended channels and deactivated staff, and keys replaced by a rotation, are not valid.");
    /// <summary>Not for this caller.</summary>
    public static readonly ProblemType Forbidden = new("forbidden", 403, "This caller may not do that", "The key is valid, but its role does not allow the operation.");
    /// <summary>No such resource.</summary>
    public static readonly ProblemType NotFound = new("not-found", 404, "No such resource", "Nothing with that id or name exists, or it belongs to someone else.");
    /// <summary>No such route.</summary>
    public static readonly ProblemType UnknownRoute = new("unknown-route", 404, "No such address", "The OpenAPI document under /swagger lists the addresses that exist.");
    /// <summary>Not with that method.</summary>
    public static readonly ProblemType MethodNotAllowed = new("method-not-allowed", 405, "The address does not take this method", "The header Allow lists the methods that it takes.");
    /// <summary>The body came too slowly.</summary>
    public static readonly ProblemType RequestTimeout = new("request-timeout", 408, "The request took too long to arrive", "Send it again.");
    /// <summary>Others were faster, again and again.</summary>
    public static readonly ProblemType Conflict = new("conflict", 409, "Others changed the resource at the same time", "The server decided anew several times and lost each time. Nothing was written; try again.");
    /// <summary>The first request with this key is still at work.</summary>
    public static readonly ProblemType IdempotencyInProgress = new("idempotency-in-progress", 409, "The first request with this Idempotency-Key is still in progress", "Try again in a moment: the answer will be that of the first.");
    /// <summary>The name is taken.</summary>
    public static readonly ProblemType NameTaken = new("name-taken", 409, "The name is taken", "Names are unique for ever. Choose another.");
    /// <summary>Something about its state forbids it.</summary>
    public static readonly ProblemType StateForbids = new("state-forbids", 409, "The resource's state forbids it", "The detail says why.");
    /// <summary>The log contradicts what was signed before.</summary>
    public static readonly ProblemType SigningRefused = new("signing-refused", 409, "The audit log refuses to sign", "What is in the log contradicts a checkpoint that was signed before, or this node does not have the log's key. The detail says which; see GET /v1/audit/log.");
    /// <summary>What is stored is not what was recorded.</summary>
    public static readonly ProblemType LogContradicted = new("log-contradicted", 409, "What is stored contradicts the audit log", "An event is not what it was when it entered the log, so nothing can be proven with it. The detail names it; see GET /v1/audit/findings.");
    /// <summary>The caller looked at an older version.</summary>
    public static readonly ProblemType StaleVersion = new("stale-version", 412, "The resource has changed since", "If-Match names another version than the resource has. Read it again and decide anew.");
    /// <summary>The body is too large.</summary>
    public static readonly ProblemType BodyTooLarge = new("body-too-large", 413, "The body is too large", "The limit is 1 MB unless the operation says otherwise.");
    /// <summary>Not JSON.</summary>
    public static readonly ProblemType UnsupportedMediaType = new("unsupported-media-type", 415, "The body's media type is not supported", "Bodies are JSON in UTF-8: Content-Type: application/json.");
    /// <summary>The key was used for another request.</summary>
    public static readonly ProblemType IdempotencyKeyReused = new("idempotency-key-reused", 422, "The Idempotency-Key was used for another request", "A key names one request for seven days. Use a fresh key for each new request.");
    /// <summary>Fields hold values of the right kind that are not possible all the same: too long, not an address.</summary>
    public static readonly ProblemType InvalidValues = new("invalid-values", 422, "Fields hold values that are not possible", "The member errors lists, by field path, what each field must be: texts have limits, an e-mail address has one @, and so on.");
    /// <summary>A rule that has no code of its own.</summary>
    public static readonly ProblemType RuleRefused = new("rule-refused", 422, "A rule refuses it", "The detail says which.");
    /// <summary>Too many requests.</summary>
    public static readonly ProblemType RateLimited = new("rate-limited", 429, "Too many requests with this key", "Wait as long as Retry-After says.");
    /// <summary>Our fault.</summary>
    public static readonly ProblemType InternalError = new("internal-error", 500, "The service failed", "The traceId finds the failure in the service's log. A repeat with the same Idempotency-Key is safe.");
    /// <summary>Too much at once.</summary>
    public static readonly ProblemType Overloaded = new("overloaded", 503, "The service is at its limit", "Nothing was written. Wait as long as Retry-After says and try again.");
    /// <summary>The audit log follows, and is not there yet.</summary>
    public static readonly ProblemType AuditLogBehind = new("audit-log-behind", 503, "The audit log has not come that far", "Events enter the log a moment after they are stored. Wait as long as Retry-After says and try again; GET /v1/audit/log tells how far it is.");
    /// <summary>The database is away.</summary>
    public static readonly ProblemType DatabaseUnavailable = new("database-unavailable", 503, "The database cannot be reached", "Wait as long as Retry-After says and try again.");
    /// <summary>The node was not given the master key.</summary>
    public static readonly ProblemType MasterKeyMissing = new("master-key-missing", 503, "This node does not have the master key", "The master key was changed, and this node was not started with the new one. Nothing was written. Another node may answer; the operator has to restart this one.");
    /// <summary>Whether it was written is not known.</summary>
    public static readonly ProblemType OutcomeUnknown = new("outcome-unknown", 503, "Whether the change was stored is not known", "Repeat the request with the same Idempotency-Key, or read the resource, before trying anything else.");
    /// <summary>It took too long.</summary>
    public static readonly ProblemType TimedOut = new("timed-out", 503, "The service did not finish in time", "Repeat the request with the same Idempotency-Key.");

    /// <summary>All of them, in the order of their statuses.</summary>
    public static readonly IReadOnlyList<ProblemType> All =
    [
        MalformedJson, MalformedRequest, InvalidFields, UnknownField, UnknownParameter, InvalidParameter, InvalidHeader, Unauthenticated, Forbidden, NotFound, UnknownRoute,
        MethodNotAllowed, RequestTimeout, Conflict, IdempotencyInProgress, NameTaken, StateForbids, SigningRefused, LogContradicted, StaleVersion, BodyTooLarge, UnsupportedMediaType, IdempotencyKeyReused,
        InvalidValues, RuleRefused, RateLimited, InternalError, Overloaded, AuditLogBehind, DatabaseUnavailable, MasterKeyMissing, OutcomeUnknown, TimedOut,
    ];
}
