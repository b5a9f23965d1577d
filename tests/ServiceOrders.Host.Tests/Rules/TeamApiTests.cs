using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tests.Rules;

/// <summary>Teams, the ladder, and who is told (rows D4, D5), over HTTP.</summary>
public sealed class TeamApiTests(Given.RunningService service) : IClassFixture<Given.RunningService>
{
    private const string Hardware = """{ "name": "hardware", "supervisors": [ { "level": 2, "name": "department" }, { "level": 1, "name": "wang" } ] }""";

    [Fact]
    public async Task A_team_is_set_up_read_changed_and_listed()
    {
        var made = await service.Administrator.PostAsync("/v1/teams", """{ "name": "装机组", "supervisors": [], "answersForOthers": false }""");
        (made.Status, made.ETag).ShouldBe((201, "\"1\""));
        (await service.Agent.GetAsync(made.Location!)).Text("name").ShouldBe("装机组");
        (await Put(made.Location!, """{ "name": "装机组", "supervisors": [ { "level": 1, "name": "赵主管" } ] }""", ("If-Match", "\"1\""))).Value<int>("version").ShouldBe(2);
        (await service.Auditor.GetAsync("/v1/teams")).Json["items"]!.AsArray().Select(t => t!["name"]!.GetValue<string>()).ShouldContain("装机组");

        (await service.Administrator.PostAsync("/v1/teams", """{ "name": "装机组", "supervisors": [] }""")).Problem.ShouldBe("name-taken");
        var wrong = await service.Administrator.PostAsync("/v1/teams", """{ "name": "x", "supervisors": [ { "level": 0, "name": "y" } ] }""");
        (wrong.Status, wrong.Problem).ShouldBe((422, "invalid-team"));
        wrong.Fields.ShouldBe(["supervisors[0].level"]);
        (await service.Agent.PostAsync("/v1/teams", Hardware)).Status.ShouldBe(403);
        (await service.Shop.GetAsync("/v1/teams")).Status.ShouldBe(403);
        (await service.Agent.GetAsync("/v1/teams/unheard-of")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task An_escalation_names_the_supervisor_and_is_told_to_customer_and_supervisor_in_order()
    {
        (await Put("/v1/teams/hardware", Hardware)).Status.ShouldBe(404, "PUT changes what is there");
        (await service.Administrator.PostAsync("/v1/teams", Hardware)).Status.ShouldBe(201);
        // A channel of its own: the other tests' notices are not among what it hears.
        var shop = await service.RegisterAsync("/v1/channels", """{ "name": "escalating-shop", "medium": "chat" }""");
        var ticket = await shop.PostAsync("/v1/tickets", Given.RunningService.Request());
        var other = await service.OtherShop.PostAsync("/v1/tickets", Given.RunningService.Request());
        var (at, id) = ($"/v1/tickets/{ticket.Text("id")}", ticket.Text("id"));
        await service.Agent.PostAsync($"{at}/assign", """{ "team": "hardware" }""");

        var escalated = await service.Agent.PostAsync($"{at}/escalate", """{ "reason": "客户催促" }""");
        (escalated.Value<int>("escalationLevel"), escalated.Text("escalatedTo")).ShouldBe((1, "wang"));
        (await service.Agent.PostAsync($"{at}/escalate", """{ "level": 3 }""")).Text("escalatedTo").ShouldBe("department");
        (await service.Agent.PostAsync($"/v1/tickets/{other.Text("id")}/escalate", "{}")).Json["escalatedTo"].ShouldBeNull();

        var told = (await shop.GetAsync("/v1/notices?limit=1")).Json;
        told["items"]!.AsArray().Single()!["ticketId"]!.GetValue<string>().ShouldBe(id);
        told["items"]![0]!["level"]!.GetValue<int>().ShouldBe(1);
        told["items"]![0]!["recipient"].ShouldBeNull("a channel need not know by whom");
        var rest = (await shop.GetAsync($"/v1/notices?cursor={told["nextCursor"]!.GetValue<string>()}")).Json;
        rest["items"]!.AsArray().Single()!["level"]!.GetValue<int>().ShouldBe(3, "another channel's notices are not among them");
        var end = rest["nextCursor"]!.GetValue<string>();
        var nothing = (await shop.GetAsync($"/v1/notices?cursor={end}")).Json;
        (nothing["items"]!.AsArray().Count, nothing["nextCursor"]).ShouldBe((0, null), "others' notices behind its own were passed with them");

        var supervisors = (await service.Agent.GetAsync("/v1/notices?audience=supervisor&recipient=department")).Json["items"]!.AsArray();
        supervisors.Single()!["ticketId"]!.GetValue<string>().ShouldBe(id);
        (await shop.GetAsync("/v1/notices?audience=supervisor")).Json["items"]!.AsArray().ShouldBeEmpty();
        (await service.Agent.GetAsync("/v1/notices?cursor=x")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_breach_reassigns_tells_and_is_explained_for_ever_and_the_customer_does_not_read_why()
    {
        (await service.Administrator.PostAsync("/v1/policies", """
            { "name": "harsh", "priority": 1000, "appliesTo": { "region": ["CN-11"] },
              "milestones": [ { "name": "firstResponse", "calendar": "always", "target": { "elapsed": "PT10M" }, "startsOn": ["opened"], "metBy": ["firstResponse"],
                  "onBreach": [ { "reassign": { "team": "night-shift" } }, { "notify": "customer" }, { "notify": "team" } ] } ] }
            """)).Status.ShouldBe(201);
        (await service.Administrator.PostAsync("/v1/policies/harsh/publish", "{}")).Status.ShouldBe(200);
        service.Time.Advance(TimeSpan.FromSeconds(6));
        var ticket = await service.Shop.PostAsync("/v1/tickets", Given.RunningService.Request().Replace("CN-31", "CN-11", StringComparison.Ordinal));
        var at = $"/v1/tickets/{ticket.Text("id")}";
        ticket.Text("policy").ShouldBe("harsh");
        service.Time.Advance(TimeSpan.FromMinutes(11));

        var answer = await service.Agent.PostAsync($"{at}/annotate-breach", """{ "milestone": "firstResponse", "reason": "夜班无人" }""");
        (answer.Status, answer.Text("team")).ShouldBe((200, "night-shift"));
        var milestone = answer.Json["milestones"]!.AsArray().Single()!;
        (milestone["state"]!.GetValue<string>(), milestone["annotations"]!.GetValue<int>()).ShouldBe(("breached", 1));

        var notices = (await service.Agent.GetAsync("/v1/notices?recipient=night-shift")).Json["items"]!.AsArray();
        notices.Single()!["milestone"]!.GetValue<string>().ShouldBe("firstResponse");
        (await service.Shop.GetAsync("/v1/notices")).Json["items"]!.AsArray().Count(n => n!["ticketId"]!.GetValue<string>() == ticket.Text("id")).ShouldBe(1);
        Types(await service.Agent.GetAsync($"{at}/history")).ShouldContain("breach_annotated");
        (await service.Agent.GetAsync($"{at}/history")).Body.ShouldContain("夜班无人");
        Types(await service.Shop.GetAsync($"{at}/history")).ShouldNotContain("breach_annotated");
        (await service.Agent.PostAsync($"{at}/annotate-breach", """{ "milestone": "resolution", "reason": "x" }""")).Problem.ShouldBe("not-breached");
    }

    [Fact]
    public async Task A_reader_without_notices_passes_others_a_stretch_at_a_time_and_never_the_same_one_twice()
    {
        var shop = await service.RegisterAsync("/v1/channels", """{ "name": "calm-shop", "medium": "chat" }""");
        for (var i = 0; i < 3; i++)
        {
            var other = await service.OtherShop.PostAsync("/v1/tickets", Given.RunningService.Request());
            (await service.Agent.PostAsync($"/v1/tickets/{other.Text("id")}/escalate", "{}")).Status.ShouldBe(200);
        }
        var notices = service.Services.GetRequiredService<NoticeQuery>();
        var positions = (await notices.AfterAsync(0, null, null, null, 500)).Notices.Select(n => n.Position).ToArray();
        positions.Length.ShouldBeGreaterThan(2);

        List<long> stops = [];
        while ((await notices.AfterAsync(stops.LastOrDefault(), "calm-shop", null, null, 500, passing: 2)).Passed is { } passed) stops.Add(passed);
        stops.ShouldBe(positions.Chunk(2).Select(stretch => stretch[^1]));

        var looked = (await shop.GetAsync("/v1/notices")).Json;
        (looked["items"]!.AsArray().Count, looked["nextCursor"]!.GetValue<string>()).ShouldBe((0, $"{positions[^1]}"));
        (await shop.GetAsync($"/v1/notices?cursor={positions[^1]}")).Json["nextCursor"].ShouldBeNull();
        var next = await shop.PostAsync("/v1/tickets", Given.RunningService.Request());
        await service.Agent.PostAsync($"/v1/tickets/{next.Text("id")}/escalate", "{}");
        (await shop.GetAsync($"/v1/notices?cursor={positions[^1]}")).Json["items"]!.AsArray().Single()!["ticketId"]!.GetValue<string>().ShouldBe(next.Text("id"));
    }

    private Task<Given.ApiAnswer> Put(string path, string body, params (string Name, string Value)[] headers) =>
        service.Administrator.SendAsync(HttpMethod.Put, path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), headers);

    private static IEnumerable<string> Types(Given.ApiAnswer history) => history.Json["items"]!.AsArray().Select(i => i!["type"]!.GetValue<string>());
}
