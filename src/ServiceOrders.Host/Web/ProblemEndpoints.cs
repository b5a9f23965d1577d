namespace ServiceOrders.Host.Web;

/// <summary><c>/problems</c>: what each problem's <c>type</c> leads to. For everyone: it helps most whoever gets 401.</summary>
public static class ProblemEndpoints
{
    /// <summary>Maps them.</summary>
    public static void MapProblems(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/problems", () => new Answer(new Page<ProblemHelp>(ProblemTypes.All.Concat(RuleProblems.All).Select(ProblemHelp.Of).ToArray(), null)))
            .Describe("listProblems", "Problems", "Every kind of problem that an answer can name.").ForEveryone()
            .Answers<Page<ProblemHelp>>(200, "All of them.");
        routes.MapGet("/problems/{code}", Get).Describe("getProblem", "Problems", "What a kind of problem means and what to do about it.").ForEveryone()
            .Answers<ProblemHelp>(200, "The explanation.").Refuses(ProblemTypes.NotFound);
    }

    private static IResult Get(string code) =>
        ProblemTypes.All.Concat(RuleProblems.All).FirstOrDefault(t => t.Code == code) is { } type ? new Answer(ProblemHelp.Of(type)) : new Problem(ProblemTypes.NotFound);
}

/// <summary>A kind of problem, explained.</summary>
/// <param name="Type">The <c>type</c> of its problem documents.</param>
/// <param name="Title">What is the matter.</param>
/// <param name="Status">The HTTP status that it comes with.</param>
/// <param name="Help">What it means and what to do about it.</param>
public sealed record ProblemHelp(string Type, string Title, int Status, string Help)
{
    /// <summary>The explanation of a type.</summary>
    public static ProblemHelp Of(ProblemType type) => new(type.Uri, type.Title, type.Status, type.Help);
}
