using System.Collections.Concurrent;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Web;

/// <summary>The kinds of trouble that come from decisions: each refusal's code is a problem type of its own.</summary>
public static class RuleProblems
{
    private static readonly ConcurrentDictionary<(string, RefusalKind), ProblemType> Types = new();

    /// <summary>The problem type of a refusal.</summary>
    public static ProblemType TypeOf(Refusal refusal) => Types.GetOrAdd((refusal.Code, refusal.Kind), static key => Describe(key.Item1, key.Item2));

    private static ProblemType Describe(string code, RefusalKind kind)
    {
        var words = code.Replace('-', ' ');
        var title = char.ToUpperInvariant(words[0]) + words[1..];
        return kind == RefusalKind.State
            ? new ProblemType(code, StatusCodes.Status409Conflict, title, ProblemTypes.StateForbids.Help)
            : new ProblemType(code, StatusCodes.Status422UnprocessableEntity, title, ProblemTypes.RuleRefused.Help);
    }
}
