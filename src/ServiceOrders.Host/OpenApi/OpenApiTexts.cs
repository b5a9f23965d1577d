namespace ServiceOrders.Host.OpenApi;

/// <summary>Texts of the OpenAPI document.</summary>
internal static class OpenApiTexts
{
    public const string Bearer = "bearer";
    public const string ApiKey = "apiKey";

    public const string Introduction = """
        After-sales service orders (售后服务工单): external channels post requests, staff handle them, deadlines are enforced, every ticket's history replays from its events.

        * **Keys.** `Authorization: Bearer <key>` or `X-Api-Key: <key>`. A channel sees its own tickets alone; another's answer 404. Staff have roles: agent, technician,
          supervisor, administrator; an auditor reads everything and changes nothing.
        * **JSON**, camelCase, UTF-8. Times are RFC 3339 with an offset, answered in UTC; durations are ISO 8601. Unknown fields and parameters are refused by name. Bodies have at most 1 MB.
        * **Idempotency-Key**, optional, on every operation that names it among its headers: 1 to 255 printable ASCII characters, kept seven days. A repeat answers as the first did;
          another request under the same key gets 422; a repeat while the first is in progress 409. A request that stored nothing (it was refused, or its `externalReference` had a ticket
          already) leaves its key free. The other operations may be repeated as they are.
        * **ETag and If-Match.** The ETag is the resource's version in quotes. With `If-Match`, 412 when others changed the resource since; what the clock alone wrote does not count.
        * **Lists** are pages: `limit` (50, at most 500) and `cursor`, the `nextCursor` of the page before.
        * **Problems** are RFC 9457 documents. `type` is stable and leads to an explanation (`GET /problems/{code}`), `errors` names fields by path, `traceId` finds the request in logs.
          503 and 429 carry `Retry-After`.
        """;

    public const string IdempotencyKey = "Names this request for seven days: a repeat answers as the first did.";
    public const string IfMatch = "The ETag that the decision is based on, or *: 412 when the resource has changed since.";
    public const string ETag = "The resource's version, in quotes.";
    public const string Location = "The address of what was made.";
    public const string RetryAfter = "Seconds to wait before trying again.";
    public const string Challenge = "How to authenticate.";
}
