using System.Globalization;
using ServiceOrders.Domain.Retention;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Retention;

/// <summary><c>/v1/audit/retention/rules</c>: for how long tickets are kept (row A3).</summary>
internal static class RetentionRuleEndpoints
{
    private const string Tag = AuditLogEndpoints.Tag;

    private const string Example = """
        { "rules": [ { "name": "three-years", "kind": [], "age": "P3Y", "action": "archive" },
                     { "name": "consultations-gone", "kind": ["consultation"], "age": "P5Y", "action": "delete" } ] }
        """;

    public static void MapRetentionRules(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/audit/retention/rules", GetAsync).Describe("getRetentionRules", Tag, "The rules by which closed tickets are archived and deleted.").ForAuditing()
            .Answers<RetentionRulesView>(200, "The rules in force.", etag: true);
        routes.MapPut("/v1/audit/retention/rules", PutAsync).Describe("putRetentionRules", Tag, "Puts another set of retention rules in force, for every run from now on.",
                "An age is an ISO 8601 duration in years and months, `P3Y` at least, from the closing of a ticket or from what was recorded in it last. For a kind there is one rule for each action at most, and what "
                + "is deleted is archived before or not at all. A run under way begins anew by the new rules. Every version is kept.").ForAdministrators()
            .Takes<RetentionRules>(Example).Answers<RetentionRulesView>(200, "They are in force.", etag: true)
            .Refuses(ProblemTypes.StaleVersion, RuleProblem.InvalidRetentionRules, ProblemTypes.StateForbids);
        routes.MapGet("/v1/audit/retention/rules/versions", VersionsAsync).Describe("listRetentionRuleVersions", Tag, "Every set of retention rules that was ever in force, the newest first.")
            .ForAuditing().Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<RetentionRulesView>>(200, "A page of them.").Refuses(ProblemTypes.InvalidParameter);
    }

    private static async Task<IResult> GetAsync(HttpContext http, ConfiguredStreams streams) => Answer(await LoadAsync(http, streams));

    private static async Task<IResult> PutAsync(HttpContext http, RuleChanges changes)
    {
        var body = await JsonBody.ReadAsync<RetentionRules>(http);
        return Answer(await changes.PutAsync(RetentionSetup.Rules, RetentionHistory.Name, http, body, rules => rules.Publish(body.Value)));
    }

    private static async Task<IResult> VersionsAsync(HttpContext http, ConfiguredStreams streams)
    {
        var (limit, below) = (Query.Of(http).Limit(), NumberCursor.Decode(Query.Of(http)));
        var versions = (await LoadAsync(http, streams)).Versions.Reverse().Where(v => v.Version < below).Take(limit + 1).Select(RetentionRulesView.Of).ToList();
        return new Answer(NameCursor.PageOf(versions, limit, v => v.Version.ToString(CultureInfo.InvariantCulture)));
    }

    private static Task<RetentionHistory> LoadAsync(HttpContext http, ConfiguredStreams streams) =>
        streams.LoadAsync(RetentionSetup.Rules, RetentionSetup.Rules.IdOf(RetentionHistory.Name), cancellation: http.RequestAborted);

    private static Answer Answer(RetentionHistory rules) => new(RetentionRulesView.Of(rules.Versions[^1]), Version: rules.Version);
}
