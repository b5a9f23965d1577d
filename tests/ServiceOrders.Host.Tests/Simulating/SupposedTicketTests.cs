using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Simulating;

/// <summary>Simulating a sequence of acts over HTTP.</summary>
public sealed class SupposedTicketTests(RunningService service) : IClassFixture<RunningService>
{
    private const string Policy = """
        { "name": "candidate", "appliesTo": { "channel": ["nobodys"] }, "milestones": [
          { "name": "acknowledge", "target": { "elapsed": "PT2H" }, "startsOn": ["opened"], "metBy": ["acknowledged"], "warnAt": [75] },
          { "name": "resolution", "calendar": "office", "target": { "working": "PT8H" }, "startsOn": ["opened"], "metBy": ["resolved"], "pausedBy": ["awaitingCustomer"], "onBreach": [ { "escalate": 1 } ] } ] }
        """;

    private const string Office = """{ "name": "office", "timeZone": "UTC", "week": { "monday": [["08:00", "16:00"]], "tuesday": [["08:00", "16:00"]], "wednesday": [["08:00", "16:00"]] } }""";

    private Task<ApiAnswer> Suppose(string acts, string more = "", string policy = Policy, string calendars = Office) =>
        service.Auditor.PostAsync("/v1/simulations", $$"""{ "policy": {{policy}}, "calendars": [ {{calendars}} ], "acts": [ {{acts}} ] {{more}} }""");

    [Fact]
    public async Task A_sequence_of_acts_is_answered_with_the_milestones_as_on_a_ticket()
    {
        // 4 May 2026 is a Monday. Eight working hours from noon: Tuesday noon; the wait takes four of them.
        var answer = await Suppose("""
            { "act": "open", "occurredAt": "2026-05-04T12:00:00Z", "kind": "repair" }, { "act": "acknowledge", "occurredAt": "2026-05-04T14:30:00Z" },
            { "act": "hold", "occurredAt": "2026-05-05T08:00:00Z", "reason": "awaitingCustomer" }, { "act": "message", "occurredAt": "2026-05-05T12:00:00Z" },
            { "act": "resolve", "occurredAt": "2026-05-05T15:59:00Z" }
            """);

        answer.Status.ShouldBe(200, answer.Body);
        (answer.Text("status"), answer.Text("policy"), answer.Value<int>("policyVersion"), answer.Text("until")).ShouldBe(("resolved", "candidate", 0, "2026-05-05T15:59:00Z"));
        var acknowledge = answer.Milestone("acknowledge");
        ((string?)acknowledge["state"], (string?)acknowledge["overrun"], (string?)acknowledge["warnings"]![0]!["at"]).ShouldBe(("metLate", "PT30M", "2026-05-04T13:30:00Z"));
        var resolution = answer.Milestone("resolution");
        ((string?)resolution["state"], (string?)resolution["dueAt"], (string?)resolution["pausedFor"], (int)resolution["calendarVersion"]!).ShouldBe(("met", "2026-05-05T16:00:00Z", "PT4H", 0));
    }

    [Fact]
    public async Task The_clock_runs_on_until_the_end_that_is_asked_for()
    {
        var answer = await Suppose("""{ "act": "open", "occurredAt": "2026-05-04T12:00:00Z" }""", """, "until": "2026-05-06T00:00:00Z" """);

        answer.Value<int>("escalationLevel").ShouldBe(1);
        answer.Milestone("resolution")["breachedAt"]!.GetValue<string>().ShouldBe("2026-05-05T12:00:00Z");
    }

    [Fact]
    public async Task A_name_stands_for_the_latest_version_of_a_policy_a_draft_too()
    {
        (await service.Administrator.PostAsync("/v1/policies", Policy.Replace("candidate", "drafted").Replace("office", "always"))).Status.ShouldBe(201);

        var answer = await Suppose("""{ "act": "open", "occurredAt": "2026-05-04T12:00:00Z" }""", policy: "\"drafted\"", calendars: "");

        (answer.Text("policy"), answer.Value<int>("policyVersion")).ShouldBe(("drafted", 1));
        var unknown = await Suppose("""{ "act": "open", "occurredAt": "2026-05-04T12:00:00Z" }""", policy: "\"nobodys\"", calendars: "");
        (unknown.Status, unknown.Problem, unknown.Fields.Single()).ShouldBe((422, "unknown-policy", "policy"));
    }

    [Fact]
    public async Task Without_a_policy_the_rules_in_force_decide_and_the_channel_says_how_requests_come()
    {
        var answer = await service.Administrator.PostAsync("/v1/simulations", """{ "acts": [ { "act": "open", "occurredAt": "2026-05-04T12:00:00Z", "channel": "wechat-shop" } ] }""");

        (answer.Status, answer.Text("policy")).ShouldBe((200, "standard"));
        answer.Json["milestones"]!.AsArray().Select(m => (string?)m!["name"]).ShouldBe(["acknowledge", "preliminarySolution", "resolution"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_refused_act_is_told_by_its_place_with_the_rule()
    {
        var answer = await Suppose("""
            { "act": "open", "occurredAt": "2026-05-04T12:00:00Z" }, { "act": "hold", "occurredAt": "2026-05-04T13:00:00Z", "reason": "awaitingParts" },
            { "act": "hold", "occurredAt": "2026-05-04T14:00:00Z", "reason": "awaitingParts" }
            """);

        (answer.Status, answer.Problem, answer.Fields.Single()).ShouldBe((422, "act-refused", "acts[2]"));
        ((string?)answer.Json["errors"]!["acts[2]"]![0]).ShouldStartWith("hold: already-on-hold: ");
    }

    [Theory]
    [InlineData("""{ "act": "paint", "occurredAt": "2026-05-04T12:00:00Z" }""", 400, "acts[0].act")]
    [InlineData("""{ "occurredAt": "2026-05-04T12:00:00Z" }""", 400, "acts[0].act")]
    [InlineData("""{ "act": "\ud800" }""", 400, "acts[0].act")]
    [InlineData("""7""", 400, "acts[0]")]
    [InlineData("""{ "act": "open" }""", 400, "acts[0].occurredAt")]
    [InlineData("""{ "act": "open", "occurredAt": "yesterday" }""", 400, "acts[0].occurredAt")]
    [InlineData("""{ "act": "open", "occurredAt": "2026-05-04T12:00:00Z", "colour": "red" }""", 400, "acts[0].colour")]
    [InlineData("""{ "act": "open", "occurredAt": "2026-05-04T12:00:00Z", "region": "nowhere" }""", 422, "acts[0].region")]
    [InlineData("""{ "act": "open", "occurredAt": "2026-05-04T12:00:00Z" }, { "act": "resolve", "occurredAt": "2026-05-04T11:00:00Z" }""", 422, "acts[1].occurredAt")]
    [InlineData("", 400, "acts")]
    public async Task What_is_wrong_with_an_act_is_told_by_its_field(string acts, int status, string field)
    {
        var answer = await Suppose(acts);

        (answer.Status, answer.Fields.Single()).ShouldBe((status, field), answer.Body);
    }

    [Fact]
    public async Task Errors_of_the_candidates_are_told_by_their_paths()
    {
        var answer = await Suppose("""{ "act": "open", "occurredAt": "2026-05-04T12:00:00Z" }""", policy: Policy.Replace("PT2H", "soon"), calendars: Office.Replace("UTC", "Mars"));
        (answer.Status, answer.Problem).ShouldBe((422, "invalid-candidate"));
        answer.Fields.ShouldBe(["calendars[0].timeZone", "policy.milestones[0].target.elapsed"], ignoreOrder: true);

        (await Suppose("", policy: """{ "name": "x", "milestones": [], "colour": "red" }""")).Fields.ShouldBe(["policy.colour"]);
        (await Suppose("", policy: "7")).Fields.ShouldBe(["policy"]);
        (await Suppose("", calendars: """{ "name": "x" }""")).Fields.ShouldContain("calendars[0].timeZone");
    }

    [Theory]
    [InlineData("""{ }""", "acts")]
    [InlineData("""{ "acts": [ { "act": "open", "occurredAt": "2026-05-04T12:00:00Z" } ], "tickets": {} }""", "acts")]
    [InlineData("""{ "acts": [ { "act": "open", "occurredAt": "2026-05-04T12:00:00Z" } ], "until": "2300-01-01T00:00:00Z" }""", "until")]
    [InlineData("""{ "acts": [ { "act": "open", "occurredAt": "2300-05-04T12:00:00Z" } ] }""", "acts[0].occurredAt")]
    [InlineData("""{ "tickets": { "openedFrom": "2026-05-04T12:00:00Z", "openedTo": "2026-05-04T12:00:00Z" } }""", "tickets.openedTo")]
    [InlineData("""{ "tickets": { "limit": 0 } }""", "tickets.limit")]
    [InlineData("""{ "tickets": { "kind": ["paint"] } }""", "tickets.kind[0]")]
    public async Task What_does_not_hold_together_is_refused(string body, string field)
    {
        var answer = await service.Administrator.PostAsync("/v1/simulations", body);

        answer.Status.ShouldBeOneOf(400, 422);
        answer.Fields.ShouldBe([field], answer.Body);
    }

    [Fact]
    public async Task Agents_and_channels_do_not_simulate()
    {
        (await service.Agent.PostAsync("/v1/simulations", "{}")).Status.ShouldBe(403);
        (await service.Shop.PostAsync("/v1/simulations", "{}")).Status.ShouldBe(403);
    }
}
