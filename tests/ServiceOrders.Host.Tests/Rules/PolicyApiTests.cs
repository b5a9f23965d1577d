using System.Globalization;
using System.Text.Json.Nodes;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Tests.Rules;

public sealed class PolicyApiTests(RuleDesk desk) : IClassFixture<RuleDesk>
{
    private static string Quick(string name, string calendar = "always", int priority = 100) => $$"""
        { "name": "{{name}}", "priority": {{priority}}, "appliesTo": { "channel": ["{{name}}"] },
          "milestones": [ { "name": "acknowledge", "calendar": "{{calendar}}", "target": { "elapsed": "PT2S" }, "startsOn": ["opened"], "metBy": ["acknowledged"], "warnAt": [50, 75] } ] }
        """;

    private static string InSeconds(double seconds) => DateTimeOffset.UtcNow.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
    private Domain.Deadlines.Policy? SelectedFor(string channel, DateTimeOffset at) => desk.Node.Rules.Current.Rulebook.Select(Ticket.Unopened with { Channel = channel }, at);

    [Fact]
    public async Task A_policy_is_drafted_published_revised_and_retired()
    {
        var drafted = await desk.Administrator.PostAsync("/v1/policies", Quick("quick"));
        (drafted.Status, drafted.ETag, drafted.Value<string>("status"), drafted.Location).ShouldBe((201, "\"1\"", "draft", "/v1/policies/quick"));
        drafted.Json["effectiveFrom"].ShouldBeNull();
        SelectedFor("quick", DateTimeOffset.UtcNow.AddDays(1))!.Name.ShouldBe("standard");

        var effective = InSeconds(60);
        var published = await desk.Administrator.PostAsync("/v1/policies/quick/publish", $$"""{ "effectiveFrom": "{{effective}}", "applyToRunning": false }""", ("If-Match", "\"1\""));
        (published.Status, published.ETag, published.Value<string>("status")).ShouldBe((200, "\"2\"", "published"));
        var from = DateTimeOffset.Parse(effective, CultureInfo.InvariantCulture);
        SelectedFor("quick", from)!.Name.ShouldBe("quick");
        SelectedFor("quick", from.AddTicks(-10))!.Name.ShouldBe("standard");

        var revised = await desk.Administrator.PutAsync("/v1/policies/quick", Quick("quick", priority: 101));
        (revised.Status, revised.ETag, revised.Value<string>("status"), revised.Value<int>("version")).ShouldBe((200, "\"3\"", "draft", 2));
        revised.Json["versions"]!.AsArray().Select(v => v!["status"]!.GetValue<string>()).ShouldBe(["published", "draft"]);
        (await desk.Agent.GetAsync("/v1/policies/quick?version=1")).Value<int>("priority").ShouldBe(100);

        var retired = await desk.Administrator.PostAsync("/v1/policies/quick/retire", "{}");
        retired.Status.ShouldBe(200);
        (await desk.Agent.GetAsync("/v1/policies/quick?version=1")).Value<string>("status").ShouldBe("retired");
        SelectedFor("quick", from)!.Name.ShouldBe("standard");
        desk.Node.Rules.Current.Rulebook.Policy("quick", 1).Priority.ShouldBe(100, "tickets that it binds still need it");
    }

    [Fact]
    public async Task What_cannot_be_published_is_refused_with_the_reason()
    {
        (await desk.Administrator.PostAsync("/v1/policies", Quick("slow"))).Status.ShouldBe(201);
        var soon = await desk.Administrator.PostAsync("/v1/policies/slow/publish", $$"""{ "effectiveFrom": "{{InSeconds(3)}}" }""");
        (soon.Status, soon.Problem).ShouldBe((422, "/problems/too-soon"));
        soon.Fields.ShouldBe(["effectiveFrom"]);

        (await desk.Administrator.PostAsync("/v1/policies/slow/publish", "{}")).Status.ShouldBe(200);
        (await desk.Administrator.PostAsync("/v1/policies/slow/publish", "{}")).Problem.ShouldBe("/problems/nothing-to-publish");
        (await desk.Administrator.PostAsync("/v1/policies/unheard-of/publish", "{}")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_target_that_would_never_be_due_is_refused_when_it_is_drafted_and_when_it_is_published()
    {
        static string Weekly(string close) => $$"""{ "name": "weekly", "timeZone": "UTC", "week": { "monday": [["00:00", "{{close}}"]] } }""";
        var never = Quick("never", "weekly").Replace("\"elapsed\": \"PT2S\"", "\"working\": \"P1000D\"", StringComparison.Ordinal);
        (await desk.Administrator.PostAsync("/v1/calendars", Weekly("01:00"))).Status.ShouldBe(201);
        var refused = await desk.Administrator.PostAsync("/v1/policies", never);
        (refused.Status, refused.Problem, refused.Fields.Single()).ShouldBe((422, "/problems/invalid-policy", "milestones[0].target"));

        (await desk.Administrator.PutAsync("/v1/calendars/weekly", Weekly("24:00"))).Status.ShouldBe(200);
        (await desk.Administrator.PostAsync("/v1/policies", never)).Status.ShouldBe(201);
        (await desk.Administrator.PutAsync("/v1/policies/never", never)).ETag.ShouldBe("\"1\"", "the draft says so already");
        (await desk.Administrator.PutAsync("/v1/calendars/weekly", Weekly("01:00"))).Status.ShouldBe(200);
        var late = await desk.Administrator.PostAsync("/v1/policies/never/publish", "{}");
        (late.Status, late.Problem, late.Fields.Single()).ShouldBe((422, "/problems/invalid-policy", "milestones[0].target"));
        (await desk.Agent.GetAsync("/v1/policies/never")).Value<string>("status").ShouldBe("draft");
    }

    [Fact]
    public async Task What_is_published_for_running_tickets_too_names_the_job_that_brings_them_under_it_and_a_repeat_names_the_same()
    {
        (await desk.Administrator.PostAsync("/v1/policies", Quick("for-all"))).Json["retargeting"].ShouldBeNull();
        (await desk.Administrator.PostAsync("/v1/policies/for-all/publish", "{}")).Json["retargeting"].ShouldBeNull();
        (await desk.Administrator.PutAsync("/v1/policies/for-all", Quick("for-all", priority: 101))).Json["retargeting"].ShouldBeNull();

        for (var repeat = 0; repeat < 2; repeat++)
        {
            var published = await desk.Administrator.PostAsync("/v1/policies/for-all/publish", $$"""{ "applyToRunning": true }""", ("Idempotency-Key", "for-all-2"));
            (published.Status, published.Value<string>("retargeting")).ShouldBe((200, "policy-for-all-2"));
        }
        (await desk.Administrator.GetAsync("/v1/policies/for-all")).Value<string>("retargeting").ShouldBe("policy-for-all-2");
        (await desk.Administrator.GetAsync("/v1/policies/for-all?version=1")).Json["retargeting"].ShouldBeNull();
        (await desk.Administrator.PostAsync("/v1/policies/for-all/retire", "{}")).Status.ShouldBe(200, "its job is not asked for a second time");
    }

    [Fact]
    public async Task Every_error_of_a_policy_is_named_by_its_field()
    {
        var refused = await desk.Administrator.PostAsync("/v1/policies", """
            { "name": "bad", "milestones": [ { "name": "acknowledge", "calendar": "moon", "target": { "elapsed": "PT2H", "workingDays": 1 }, "startsOn": ["born"], "metBy": [], "warnAt": [100] } ] }
            """);
        (refused.Status, refused.Problem).ShouldBe((422, "/problems/invalid-policy"));
        refused.Fields.ShouldBe(["milestones[0].calendar", "milestones[0].target", "milestones[0].startsOn[0]", "milestones[0].metBy", "milestones[0].warnAt"], ignoreOrder: true);

        var unknown = await desk.Administrator.PostAsync("/v1/policies", """{ "name": "bad", "milestones": [ { "name": "a", "target": { "hours": 2 }, "startsOn": ["opened"], "metBy": ["acknowledged"] } ] }""");
        unknown.Status.ShouldBe(400);
        unknown.Fields.ShouldBe(["milestones[0].target.hours"]);
    }

    [Fact]
    public async Task A_policy_may_name_a_calendar_that_another_node_published_a_moment_ago()
    {
        await using var other = RuleNode.On(desk.Database);
        await other.StartAsync();
        (await desk.Administrator.PostAsync("/v1/calendars", """{ "name": "fresh", "timeZone": "UTC", "week": { "monday": [["09:00", "10:00"]] } }""")).Status.ShouldBe(201);
        (await other.Client("the-first-key").PostAsync("/v1/policies", Quick("on-fresh", calendar: "fresh"))).Status.ShouldBe(201);
    }

    [Fact]
    public async Task Two_who_draft_at_once_on_the_same_version_do_not_overwrite_each_other()
    {
        (await desk.Administrator.PostAsync("/v1/policies", Quick("contested"))).Status.ShouldBe(201);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => desk.Administrator.PutAsync("/v1/policies/contested", Quick("contested", priority: i), ("If-Match", "\"1\""))));
        answers.Count(a => a.Status == 200).ShouldBe(1);
        answers.Count(a => a.Status == 412).ShouldBe(7);
    }

    [Fact]
    public async Task The_shipped_policy_is_in_force_and_reads_back_as_it_is_written()
    {
        var standard = await desk.Auditor.GetAsync("/v1/policies/standard");
        standard.Value<string>("status").ShouldBe("published");
        standard.Value<string>("effectiveFrom").ShouldBe("1900-01-01T00:00:00Z");
        standard.Json["reviewBy"].ShouldNotBeNull();

        (await desk.Administrator.PutAsync("/v1/policies/standard", SentBack(standard).ToJsonString())).Value<int>("version").ShouldBe(2);
        (await desk.Auditor.GetAsync("/v1/policies")).Json["items"]!.AsArray().Select(p => p!["name"]!.GetValue<string>()).ShouldContain("standard");
    }

    [Fact]
    public async Task The_other_shipped_policies_are_drafts_that_bind_once_they_are_published()
    {
        (await desk.Auditor.GetAsync("/v1/policies/order-desk")).Value<string>("status").ShouldBe("draft");
        var draft = await desk.Auditor.GetAsync("/v1/policies/field-service");
        (draft.Value<string>("status"), draft.Value<bool>("reviewOverdue")).ShouldBe(("draft", false));
        draft.Json["reviewBy"].ShouldNotBeNull();

        var body = SentBack(draft);
        body["appliesTo"] = JsonNode.Parse("""{ "channel": ["on-site"] }""");
        (await desk.Administrator.PutAsync("/v1/policies/field-service", body.ToJsonString())).Status.ShouldBe(200);
        SelectedFor("on-site", DateTimeOffset.UtcNow.AddDays(1))!.Name.ShouldBe("standard");
        (await desk.Administrator.PostAsync("/v1/policies/field-service/publish", "{}")).Status.ShouldBe(200);
        SelectedFor("on-site", DateTimeOffset.UtcNow.AddDays(1))!.Name.ShouldBe("field-service");
        SelectedFor("elsewhere", DateTimeOffset.UtcNow.AddDays(1))!.Name.ShouldBe("standard");
    }

    [Fact]
    public async Task A_policy_past_its_review_says_so_and_can_be_listed_until_a_revised_version_is_published()
    {
        (await desk.Administrator.PostAsync("/v1/policies", Reviewed("2020-01-01"))).Value<bool>("reviewOverdue").ShouldBeFalse("a draft binds nothing");
        (await desk.Administrator.PostAsync("/v1/policies/reviewed/publish", "{}")).Value<bool>("reviewOverdue").ShouldBeTrue();
        (await NamesAsync("?reviewOverdue=true")).ShouldBe(["reviewed"]);
        (await NamesAsync("?reviewOverdue=false&limit=500")).ShouldSatisfyAllConditions(n => n.ShouldContain("standard"), n => n.ShouldNotContain("reviewed"));
        (await desk.Auditor.GetAsync("/v1/policies/reviewed")).Value<bool>("reviewOverdue").ShouldBeTrue();

        (await desk.Administrator.PutAsync("/v1/policies/reviewed", Reviewed("2100-01-01"))).Value<bool>("reviewOverdue").ShouldBeTrue("the old version still binds");
        (await NamesAsync("?reviewOverdue=true")).ShouldBe(["reviewed"]);
        (await desk.Administrator.PostAsync("/v1/policies/reviewed/publish", "{}")).Value<bool>("reviewOverdue").ShouldBeFalse();
        (await NamesAsync("?reviewOverdue=true")).ShouldBeEmpty();
        (await desk.Auditor.GetAsync("/v1/policies?reviewOverdue=yes")).Fields.ShouldBe(["reviewOverdue"]);

        static string Reviewed(string by)
        {
            var policy = JsonNode.Parse(Quick("reviewed"))!;
            policy["reviewBy"] = by;
            return policy.ToJsonString();
        }

        async Task<string[]> NamesAsync(string query) => [.. (await desk.Auditor.GetAsync("/v1/policies" + query)).Json["items"]!.AsArray().Select(p => p!["name"]!.GetValue<string>())];
    }

    [Fact]
    public async Task Promises_that_nothing_can_keep_are_refused_by_their_fields()
    {
        var refused = await desk.Administrator.PostAsync("/v1/policies", """
            { "name": "vain", "milestones": [
              { "name": "answer", "calendar": "always", "target": { "elapsed": "PT2H" }, "startsOn": ["opened"], "metBy": ["opened"] },
              { "name": "arrival", "calendar": "always", "target": { "agreed": "visit" }, "startsOn": ["opened"], "metBy": ["arrived"], "pausedBy": ["awaitingCustomer"] } ] }
            """);
        (refused.Status, refused.Problem).ShouldBe((422, "/problems/invalid-policy"));
        refused.Fields.ShouldBe(["milestones[0].metBy", "milestones[1].startsOn", "milestones[1].pausedBy"], ignoreOrder: true);
    }

    [Fact]
    public async Task Only_those_who_run_the_service_change_policies_and_channels_do_not_read_them()
    {
        (await desk.Agent.PostAsync("/v1/policies", Quick("mine"))).Status.ShouldBe(403);
        (await desk.Agent.PostAsync("/v1/policies/standard/retire", "{}")).Status.ShouldBe(403);
        (await desk.Auditor.PutAsync("/v1/classification-rules", """{ "rules": [] }""")).Status.ShouldBe(403);
        (await desk.Channel.GetAsync("/v1/policies")).Status.ShouldBe(403);
        (await desk.Channel.GetAsync("/v1/classification-rules")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Classification_rules_are_read_replaced_and_checked()
    {
        var shipped = await desk.Agent.GetAsync("/v1/classification-rules");
        (shipped.Status, shipped.ETag).ShouldBe((200, "\"1\""));
        shipped.Json["rules"]!.AsArray().ShouldNotBeEmpty();

        var refused = await desk.Administrator.PutAsync("/v1/classification-rules", """{ "rules": [ { "name": "all" } ] }""");
        (refused.Status, refused.Problem).ShouldBe((422, "/problems/invalid-classification-rules"));

        var replaced = await desk.Administrator.PutAsync("/v1/classification-rules", desk.Node.ExampleOf("putClassificationRules"), ("If-Match", "\"1\""));
        (replaced.Status, replaced.ETag).ShouldBe((200, "\"2\""));
        desk.Node.Rules.Current.Classifier.Rules.Single().Name.ShouldBe("smoke");
    }

    [Fact]
    public async Task The_documents_examples_are_accepted()
    {
        (await desk.Administrator.PostAsync("/v1/policies", desk.Node.ExampleOf("createPolicy"))).Status.ShouldBe(201);
        (await desk.Administrator.PostAsync("/v1/policies/quick-test/publish", desk.Node.ExampleOf("publishPolicy"))).Status.ShouldBe(200);
        (await desk.Administrator.PostAsync("/v1/policies/quick-test/retire", desk.Node.ExampleOf("retirePolicy"))).Status.ShouldBe(200);
    }

    /// <summary>What was read, as it can be sent back: less what only the service knows.</summary>
    private static JsonObject SentBack(RuleAnswer read)
    {
        var body = read.Json.AsObject();
        foreach (var known in new[] { "status", "effectiveFrom", "retiredFrom", "reviewOverdue", "savedAt", "versions", "retargeting" }) body.Remove(known);
        return body;
    }
}
