using System.Text.Json.Nodes;
using ServiceOrders.Host.Replaying;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Replaying;

/// <summary>Row A1 over HTTP: the state before and after each event, and what lies between any two moments.</summary>
public class ReplayApiTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task Each_event_tells_the_state_before_and_after_it_and_what_it_changed()
    {
        var ticket = await AStoryAsync();
        var history = (await service.Agent.GetAsync($"{ticket}/history?limit=500")).Items;
        JsonNode? before = null;
        foreach (var told in history)
        {
            var step = (await service.Agent.GetAsync($"{ticket}/history/{told!["version"]}")).Json;
            step["event"]!.ToJsonString().ShouldBe(told.ToJsonString());
            (step["before"]?["version"]?.GetValue<long>() ?? 0).ShouldBe(told["version"]!.GetValue<long>() - 1);
            step["after"]!.ToJsonString().ShouldBe((await service.Agent.GetAsync($"{ticket}?version={told["version"]}")).Json.ToJsonString());
            Applied(step).ShouldBe(step["after"]!.ToJsonString());
            // Between two events only the clocks' hands move.
            if (before is not null) StateOf(step["before"]!).ShouldBe(StateOf(before));
            before = step["after"];
        }
    }

    [Fact]
    public async Task Only_what_the_event_changed_is_told()
    {
        var ticket = await service.OpenAsync();
        await service.LetPassAsync(TimeSpan.FromMinutes(10));
        service.Time.Advance(TimeSpan.FromMinutes(1));
        await DoAsync(ticket, "assign", """{ "team": "hardware", "assignee": "zhao" }""");
        var version = (await service.Agent.GetAsync($"{ticket}/history?limit=500")).Items.Single(e => e!["type"]!.GetValue<string>() == "ticket_assigned")!["version"];
        var step = (await service.Agent.GetAsync($"{ticket}/history/{version}")).Json;
        Paths(step).ShouldBe(["version", "status", "updatedAt", "team", "assignee"], ignoreOrder: true);
        var status = step["changes"]!.AsArray().Single(c => c!["path"]!.GetValue<string>() == "status")!;
        (status["before"]!.GetValue<string>(), status["after"]!.GetValue<string>()).ShouldBe(("open", "inProgress"));
    }

    [Fact]
    public async Task Between_two_versions_or_instants_the_milestones_are_as_they_were_promised_then()
    {
        var ticket = await service.OpenAsync();
        var opened = (await service.Agent.GetAsync(ticket)).Json;
        var atFirst = service.Time.Current;
        service.Time.Advance(TimeSpan.FromMinutes(30));
        await DoAsync(ticket, "hold", """{ "reason": "awaitingParts" }""");
        var held = (await service.Agent.GetAsync(ticket)).Json;
        var byVersions = (await service.Agent.GetAsync($"{ticket}/changes?from={opened["version"]}&to={held["version"]}")).Json;
        var byInstants = (await service.Agent.GetAsync($"{ticket}/changes?from={atFirst:yyyy-MM-ddTHH:mm:ssZ}&to={service.Time.Current:yyyy-MM-ddTHH:mm:ssZ}")).Json;
        byInstants.ToJsonString().ShouldBe(byVersions.ToJsonString());
        Applied(byVersions).ShouldBe(byVersions["after"]!.ToJsonString());
        // The shipped policy promises seven working days instead of four while parts are awaited.
        var due = byVersions["changes"]!.AsArray().Single(c => c!["path"]!.GetValue<string>() == "milestones[resolution/1].dueAt")!;
        due["before"]!.ToJsonString().ShouldBe(Due(opened));
        due["after"]!.ToJsonString().ShouldBe(Due(held));
        Due(byVersions["before"]!).ShouldBe(Due(opened));
        Due(held).ShouldNotBe(Due(opened));
        Paths(byVersions).ShouldContain("milestones[delayNotice/1]");
    }

    [Fact]
    public async Task From_nothing_to_now_is_what_is_told_without_limits()
    {
        var ticket = await service.OpenAsync();
        var all = (await service.Agent.GetAsync($"{ticket}/changes")).Json;
        all["before"].ShouldBeNull();
        all["after"]!.ToJsonString().ShouldBe((await service.Agent.GetAsync(ticket)).Json.ToJsonString());
        all["changes"]!.AsArray().ShouldAllBe(c => c!["kind"]!.GetValue<string>() == "added");
    }

    [Fact]
    public async Task A_channel_sees_the_steps_of_its_own_tickets_but_not_internal_notes()
    {
        var ticket = await service.OpenAsync();
        var noted = (await service.Agent.PostAsync($"{ticket}/note", """{ "text": "difficult" }""")).Json["version"];
        (await service.Shop.GetAsync($"{ticket}/history/1")).Status.ShouldBe(200);
        (await service.Shop.GetAsync($"{ticket}/changes")).Status.ShouldBe(200);
        (await service.Shop.GetAsync($"{ticket}/history/{noted}")).Problem.ShouldBe("not-found");
        (await service.Agent.GetAsync($"{ticket}/history/{noted}")).Status.ShouldBe(200);
        (await service.OtherShop.GetAsync($"{ticket}/history/1")).Problem.ShouldBe("not-found");
        (await service.OtherShop.GetAsync($"{ticket}/changes")).Problem.ShouldBe("not-found");
    }

    [Theory]
    [InlineData("/history/0", 404, "not-found")]
    [InlineData("/history/999", 404, "not-found")]
    [InlineData("/history/first", 404, "not-found")]
    [InlineData("/changes?to=999", 404, "not-found")]
    [InlineData("/changes?from=2&to=1", 400, "invalid-parameter")]
    [InlineData("/changes?from=yesterday", 400, "invalid-parameter")]
    [InlineData("/changes?to=2001-01-01T00:00:00Z", 404, "not-found")]
    public async Task What_never_was_is_refused(string asked, int status, string problem)
    {
        var answer = await service.Agent.GetAsync(await service.OpenAsync() + asked);
        (answer.Status, answer.Problem).ShouldBe((status, problem));
    }

    private async Task<string> AStoryAsync()
    {
        var ticket = await service.OpenAsync();
        await DoAsync(ticket, "request-information", """{ "fields": ["product.serialNumber"], "text": "which?" }""");
        service.Time.Advance(TimeSpan.FromMinutes(7));
        await DoAsync(ticket, "supply-information", """{ "contact": { "name": "王刚", "phone": "+86 139 0000 0000" } }""");
        await service.LetPassAsync(TimeSpan.FromHours(30));
        await DoAsync(ticket, "acknowledge", "{}");
        await DoAsync(ticket, "annotate-breach", """{ "milestone": "answer", "reason": "停电" }""");
        await DoAsync(ticket, "resolve", """{ "text": "new fuse" }""");
        return ticket;
    }

    private async Task DoAsync(string ticket, string act, string body) => (await service.Agent.PostAsync($"{ticket}/{act}", body)).Status.ShouldBe(200, act);

    private static string Applied(JsonNode told) => Patch.Apply(told["before"]?.AsObject(), [.. told["changes"]!.AsArray().Select(c =>
        new Change(c!["path"]!.GetValue<string>(), Enum.Parse<ChangeKind>(c["kind"]!.GetValue<string>(), true), c["before"]?.DeepClone(), c["after"]?.DeepClone()))]).ToJsonString();

    private static IEnumerable<string> Paths(JsonNode told) => told["changes"]!.AsArray().Select(c => c!["path"]!.GetValue<string>());

    private static string Due(JsonNode ticket) => ticket["milestones"]!.AsArray().Single(m => m!["name"]!.GetValue<string>() == "resolution")!["dueAt"]!.ToJsonString();

    private static string StateOf(JsonNode ticket)
    {
        var state = ticket.DeepClone();
        foreach (var milestone in state["milestones"]!.AsArray())
        {
            milestone!.AsObject().Remove("elapsed");
            milestone.AsObject().Remove("pausedFor");
        }
        return state.ToJsonString();
    }
}
