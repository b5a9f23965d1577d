using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.OpenApi;

/// <summary>Which problems an operation may answer with: its own, and those that come with having a body, a query, a key, a method that changes something.</summary>
internal static class OperationProblems
{
    private static readonly ProblemType[] OfEveryOperation = [ProblemTypes.InternalError];
    private static readonly ProblemType[] OfKeys = [ProblemTypes.Unauthenticated, ProblemTypes.Forbidden, ProblemTypes.UnknownParameter, ProblemTypes.RateLimited, ProblemTypes.Overloaded, ProblemTypes.DatabaseUnavailable, ProblemTypes.TimedOut];
    private static readonly ProblemType[] OfBodies = [ProblemTypes.MalformedJson, ProblemTypes.InvalidFields, ProblemTypes.UnknownField, ProblemTypes.BodyTooLarge, ProblemTypes.UnsupportedMediaType];
    private static readonly ProblemType[] OfChanges = [ProblemTypes.InvalidHeader, ProblemTypes.IdempotencyInProgress, ProblemTypes.IdempotencyKeyReused, ProblemTypes.OutcomeUnknown];
    private static readonly ProblemType[] OfQueries = [ProblemTypes.InvalidParameter];

    public static IReadOnlyList<ProblemType> Of(EndpointMetadataCollection endpoint, string method)
    {
        IEnumerable<ProblemType> problems = endpoint.GetOrderedMetadata<ProblemInfo>().SelectMany(p => p.Types).Concat(OfEveryOperation);
        if (endpoint.GetMetadata<AccessInfo>() is not null) problems = problems.Concat(OfKeys);
        if (endpoint.GetMetadata<QueryInfo>() is not null) problems = problems.Concat(OfQueries);
        if (endpoint.GetMetadata<BodyInfo>() is not null)
        {
            problems = problems.Concat(OfBodies);
            if (method is "POST" or "PUT" && endpoint.GetMetadata<RepeatableInfo>() is null) problems = problems.Concat(OfChanges);
        }
        if (method is "POST" or "PUT") problems = problems.Append(ProblemTypes.InvalidHeader);
        return problems.Distinct().OrderBy(p => p.Status).ThenBy(p => p.Code, StringComparer.Ordinal).ToArray();
    }
}
