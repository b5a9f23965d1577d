using ServiceOrders.Domain.Intake;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Rules;

/// <summary><c>/v1/classification-rules</c>: how requests are classified on intake (row I5).</summary>
internal static class ClassificationEndpoints
{
    private const string Tag = "Classification";

    public static void MapClassificationRules(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/classification-rules", GetAsync).Describe("getClassificationRules", Tag, "The rules by which requests are classified on intake, in order of precedence.").ForStaff()
            .Answers<ClassificationRulesView>(200, "The rules in force.", etag: true);
        routes.MapPut("/v1/classification-rules", PutAsync).Describe("putClassificationRules", Tag, "Puts another set of rules in force, for requests from now on.").For(RuleChanges.Writers)
            .Takes<ClassificationRules>(RuleExamples.Classification).Answers<ClassificationRulesView>(200, "They are in force.", etag: true)
            .Refuses(ProblemTypes.StaleVersion, RuleProblem.InvalidClassificationRules);
    }

    private static async Task<IResult> GetAsync(HttpContext http, ConfiguredStreams streams) =>
        Answer(await streams.LoadAsync(RuleStreams.Classification, RuleStreams.Classification.IdOf(ClassificationHistory.Name), cancellation: http.RequestAborted));

    private static async Task<IResult> PutAsync(HttpContext http, RuleChanges changes)
    {
        var body = await JsonBody.ReadAsync<ClassificationRules>(http);
        return Answer(await changes.PutAsync(RuleStreams.Classification, ClassificationHistory.Name, http, body, rules => rules.Publish(body.Value)));
    }

    private static Answer Answer(ClassificationHistory rules) => new(ClassificationRulesView.Of(rules), Version: rules.Version);
}
