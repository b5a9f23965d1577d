using ServiceOrders.Domain;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Settings;

namespace ServiceOrders.Host.Rules;

/// <summary><c>/v1/policies</c>: deadline policies, drafted, published, retired (rows D1 to D9).</summary>
internal static class PolicyEndpoints
{
    private const string Tag = "Policies";
    private static readonly QueryParameter ReviewOverdue = new("reviewOverdue", typeof(bool), "True: only policies in force that are past the date of their review; false: only the others.");
    private static readonly QueryParameter Version = new("version", typeof(int), "Which version; left out: the latest, a draft too.");

    public static void MapPolicies(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/policies", ListAsync).Describe("listPolicies", Tag, "Lists the latest version of each policy in the order of their names.").ForStaff()
            .Query(ReviewOverdue, QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<PolicyView>>(200, "A page of them.");
        routes.MapPost("/v1/policies", CreateAsync).Describe("createPolicy", Tag, "Drafts a new policy; it binds nothing until it is published.").For(RuleChanges.Writers)
            .Takes<Policy>(RuleExamples.Policy).Answers<PolicyView>(201, "It is drafted.", etag: true, location: true).Refuses(ProblemTypes.NameTaken, RuleProblem.InvalidPolicy);
        routes.MapGet("/v1/policies/{name}", GetAsync).Describe("getPolicy", Tag, "A policy, as it is or as it was, and all of its versions.").ForStaff()
            .Query(Version).Answers<PolicyView>(200, "The policy. The ETag counts its changes, publishing too.", etag: true).Refuses(ProblemTypes.NotFound);
        routes.MapPut("/v1/policies/{name}", PutAsync).Describe("putPolicy", Tag, "Drafts a policy's next version, unless the latest is a draft that says the same.").For(RuleChanges.Writers)
            .Takes<Policy>(RuleExamples.Policy).Answers<PolicyView>(200, "It is drafted.", etag: true)
            .Refuses(ProblemTypes.NotFound, ProblemTypes.StaleVersion, ProblemTypes.StateForbids, RuleProblem.InvalidPolicy);
        routes.MapPost("/v1/policies/{name}/publish", PublishAsync).Describe("publishPolicy", Tag, "Publishes a policy's draft.",
                "It binds tickets that are opened from `effectiveFrom` on, at least five seconds from now, so that every node knows it. Running tickets keep their promises, unless `applyToRunning` is "
                + "true: then, once it is in force, those that an older version of the policy binds and that this one is still for are bound by it, and their live clocks are counted anew from their "
                + "original starts, pauses kept. What is breached stays so; what would be past by now is breached at once. Each change is an event of the ticket; `retargeting` names the job "
                + "(`GET /v1/retargetings/{id}`).").For(RuleChanges.Writers)
            .Takes(typeof(PublishPolicy), RuleExamples.Publish, required: false).Answers<PolicyView>(200, "It is published.", etag: true)
            .Refuses(ProblemTypes.NotFound, ProblemTypes.StaleVersion, ProblemTypes.StateForbids, ProblemTypes.RuleRefused, RuleProblem.InvalidPolicy);
        routes.MapPost("/v1/policies/{name}/retire", RetireAsync).Describe("retirePolicy", Tag, "Retires a policy: tickets opened from then on are bound by others.").For(RuleChanges.Writers)
            .Takes(typeof(RetirePolicy), RuleExamples.Retire, required: false).Answers<PolicyView>(200, "It is retired.", etag: true)
            .Refuses(ProblemTypes.NotFound, ProblemTypes.StaleVersion, ProblemTypes.StateForbids, ProblemTypes.RuleRefused);
    }

    private static async Task<IResult> ListAsync(HttpContext http, SettingQuery settings, TimeProvider time)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var policies = await settings.ListPoliciesAsync(time.Today(), query.Flag(ReviewOverdue.Name), NameCursor.Decode(query), limit + 1, http.RequestAborted);
        return new Answer(NameCursor.PageOf([.. policies.Select(PolicyView.Of)], limit, view => view.Name));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, RuleChanges changes, IRules rules, TimeProvider time)
    {
        var body = await JsonBody.ReadAsync<Policy>(http);
        var calendars = await CalendarsAsync(body.Value, rules, http.RequestAborted);
        var policy = await changes.CreateAsync(RuleStreams.Policies, body.Value.Name, http, body, p => p.Create(body.Value, calendars, time.Now()));
        return new Answer(PolicyView.Of(policy, policy.Latest, time.Today()), 201, policy.Version, $"/v1/policies/{policy.Name}");
    }

    private static async Task<IResult> PutAsync(string name, HttpContext http, RuleChanges changes, IRules rules, TimeProvider time)
    {
        var body = await JsonBody.ReadAsync<Policy>(http);
        var calendars = await CalendarsAsync(body.Value, rules, http.RequestAborted);
        return Answer(await changes.ChangeAsync(RuleStreams.Policies, name, http, body, p => p.Draft(name, body.Value, calendars, time.Now())), time);
    }

    private static async Task<IResult> GetAsync(string name, HttpContext http, ConfiguredStreams streams, TimeProvider time)
    {
        var version = Query.Of(http).Number("version", 1, int.MaxValue);
        var policy = await streams.LoadAsync(RuleStreams.Policies, RuleStreams.Policies.IdOf(name), cancellation: http.RequestAborted);
        var found = version is null ? policy.Versions.LastOrDefault() : policy.Versions.FirstOrDefault(v => v.Policy.Version == version);
        return found is null ? new Problem(ProblemTypes.NotFound) : new Answer(PolicyView.Of(policy, found, time.Today()), Version: policy.Version);
    }

    private static async Task<IResult> PublishAsync(string name, HttpContext http, RuleChanges changes, IRules rules, TimeProvider time)
    {
        var body = await JsonBody.ReadAsync<PublishPolicy>(http);
        // Calendars may have changed since the draft was made, a moment ago and on another node.
        var book = (await rules.RefreshAsync(http.RequestAborted)).Rulebook;
        return Answer(await changes.ChangeAsync(RuleStreams.Policies, name, http, body, p => p.Publish(body.Value.EffectiveFrom, body.Value.ApplyToRunning, calendar => book.FindCalendar(calendar), time.Now())), time);
    }

    private static async Task<IResult> RetireAsync(string name, HttpContext http, RuleChanges changes, TimeProvider time)
    {
        var body = await JsonBody.ReadAsync<RetirePolicy>(http);
        return Answer(await changes.ChangeAsync(RuleStreams.Policies, name, http, body, p => p.Retire(body.Value.RetiredFrom, time.Now())), time);
    }

    private static Answer Answer(PolicyHistory policy, TimeProvider time) => new(PolicyView.Of(policy, policy.Latest, time.Today()), Version: policy.Version);

    /// <summary>The calendars; where the policy names one that this node does not know, another node may have published it a moment ago.</summary>
    private static async Task<Func<string, BusinessCalendar?>> CalendarsAsync(Policy policy, IRules rules, CancellationToken cancellation)
    {
        var book = rules.Current.Rulebook;
        if (policy.Milestones.Any(m => m?.Calendar is { } name && book.FindCalendar(name) is null)) book = (await rules.RefreshAsync(cancellation)).Rulebook;
        return name => book.FindCalendar(name);
    }
}
