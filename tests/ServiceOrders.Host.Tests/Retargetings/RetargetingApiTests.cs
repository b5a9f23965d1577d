using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Retargetings;

/// <summary>Rules change, running tickets follow, and everyone sees how far it is and why (row D6).</summary>
public class RetargetingApiTests(RunningService service) : IClassFixture<RunningService>
{
    private static string Policy(string name, string target, string calendar = "always", int warnAt = 80) => $$"""
        { "name": "{{name}}", "priority": 50, "appliesTo": { "channel": ["{{name}}"] }, "milestones": [
            { "name": "resolution", "calendar": "{{calendar}}", "target": {{target}}, "startsOn": ["opened"], "metBy": ["resolved"], "pausedBy": ["awaitingCustomer"], "cancelledBy": ["cancelled"], "warnAt": [{{warnAt}}] } ] }
        """;

    [Fact]
    public async Task A_policy_published_for_running_tickets_retargets_each_of_hundreds_and_every_history_says_why()
    {
        var shop = await InForceAsync("hundreds", """{ "elapsed": "PT10H" }""");
        var tickets = await OpenedAsync(shop, 300);
        (await service.Agent.PostAsync($"{tickets[0]}/hold", """{ "reason": "awaitingCustomer" }""")).Status.ShouldBe(200);
        (await service.Agent.PostAsync($"{tickets[1]}/resolve", """{ "text": "done" }""")).Status.ShouldBe(200);
        (await service.Agent.PostAsync($"{tickets[2]}/cancel", """{ "reason": "withdrawn" }""")).Status.ShouldBe(200);
        var seen = (await service.Agent.GetAsync(tickets[3])).ETag!;

        var published = await RepublishAsync("hundreds", """{ "elapsed": "PT20H" }""");
        var job = await service.Agent.GetAsync($"/v1/retargetings/{published.Text("retargeting")}");
        (job.Text("state"), job.Text("cause"), job.Text("name"), job.Value<int>("version"), job.Text("causationId")).ShouldBe(("waiting", "policyPublished", "hundreds", 2, "policy:hundreds/2"));

        await service.LetRetargetAsync();
        job = await service.Agent.GetAsync($"/v1/retargetings/policy-hundreds-2");
        job.Text("state").ShouldBe("running", "it looks once more when every request of before has ended");
        (job.Value<long>("changed"), job.Value<long>("failed"), job.Value<long>("examined") >= 299).ShouldBe((299, 0, true));
        await FinishedAsync("policy-hundreds-2", changed: 299);

        await HistoryIsAsync(tickets[0], "policy_rebound", "milestone_retargeted");
        await HistoryIsAsync(tickets[1], "policy_rebound");
        await HistoryIsAsync(tickets[2]);
        foreach (var ticket in tickets.Skip(3)) await HistoryIsAsync(ticket, "policy_rebound", "milestone_retargeted");
        var moved = await service.Agent.GetAsync(tickets[3]);
        var resolution = moved.Milestone("resolution");
        (InstantOf(resolution["dueAt"]) - InstantOf(resolution["startedAt"])).ShouldBe(TimeSpan.FromHours(20));
        resolution["policyVersion"]!.GetValue<int>().ShouldBe(2);
        (await service.Agent.PostAsync($"{tickets[3]}/acknowledge", "{}", ("If-Match", seen))).Status.ShouldBe(200, "what the service alone wrote makes no look stale");

        async Task HistoryIsAsync(string ticket, params string[] expected)
        {
            var ofTheJob = (await service.Agent.GetAsync($"{ticket}/history?limit=500")).Items.Where(e => e!["causationId"]?.GetValue<string>() == "policy:hundreds/2").ToArray();
            ofTheJob.Select(e => e!["type"]!.GetValue<string>()).ShouldBe(expected);
            ofTheJob.ShouldAllBe(e => e!["actor"]!["kind"]!.GetValue<string>() == "system" && e["actor"]!["id"]!.GetValue<string>() == "retargeting");
        }
    }

    [Fact]
    public async Task A_corrected_calendar_moves_the_due_times_that_count_on_it_and_what_is_past_by_now_is_breached_at_once()
    {
        // Monday, 2 March 2026, or one of the days after it.
        const string open = """{ "name": "shift", "timeZone": "UTC", "week": { "monday": [["00:00","24:00"]], "tuesday": [["00:00","24:00"]], "wednesday": [["00:00","24:00"]], "thursday": [["00:00","24:00"]], "friday": [["00:00","24:00"]], "saturday": [], "sunday": [] } }""";
        (await service.Administrator.PostAsync("/v1/calendars", open.Replace("24:00", "12:00", StringComparison.Ordinal))).Status.ShouldBe(201);
        var shop = await InForceAsync("shift", """{ "working": "PT13H" }""", "shift");
        var ticket = (await OpenedAsync(shop, 1)).Single();
        var promised = InstantOf((await service.Agent.GetAsync(ticket)).Milestone("resolution")["dueAt"]);
        await service.LetPassAsync(TimeSpan.FromHours(14));
        (await service.Agent.GetAsync(ticket)).Milestone("resolution")["state"]!.GetValue<string>().ShouldBe("running");

        var corrected = await service.Administrator.PutAsync("/v1/calendars/shift", open);
        corrected.Text("retargeting").ShouldBe("calendar-shift-2");
        await service.LetRetargetAsync();

        var breached = (await service.Agent.GetAsync(ticket)).Milestone("resolution");
        (breached["state"]!.GetValue<string>(), breached["calendarVersion"]!.GetValue<int>()).ShouldBe(("breached", 2));
        InstantOf(breached["dueAt"]).ShouldBeLessThan(promised);
        var history = (await service.Agent.GetAsync($"{ticket}/history")).Items;
        var retargeted = history.Single(e => e!["type"]!.GetValue<string>() == "milestone_retargeted")!;
        (retargeted["causationId"]!.GetValue<string>(), retargeted["data"]!["cause"]!.GetValue<string>()).ShouldBe(("calendar:shift/2", "calendarCorrected"));
        InstantOf(retargeted["data"]!["oldDueAt"]).ShouldBe(promised);
        var breach = history.Single(e => e!["type"]!.GetValue<string>() == "milestone_breached")!;
        InstantOf(breach["data"]!["dueAt"]).ShouldBe(InstantOf(retargeted["data"]!["dueAt"]), "with its true due time");
        await FinishedAsync("calendar-shift-2", changed: 1);
    }

    [Fact]
    public async Task A_ticket_that_cannot_be_retargeted_is_named_holds_up_no_other_and_is_retargeted_when_the_job_is_resumed()
    {
        var shop = await InForceAsync("stuck", """{ "elapsed": "PT10H" }""");
        var tickets = await OpenedAsync(shop, 20);
        var stuck = tickets[7]["/v1/tickets/".Length..];
        await ExecuteAsync("update events.mt_streams set is_archived = true where id = $1", Guid.Parse(stuck));
        await RepublishAsync("stuck", """{ "elapsed": "PT20H" }""");
        await service.LetRetargetAsync();
        (await service.Administrator.PostAsync("/v1/retargetings/policy-stuck-2/resume")).Problem.ShouldBe("state-forbids", "it is not done yet");

        var done = await FinishedAsync("policy-stuck-2", changed: 19, failed: 1);
        done.Json["failures"]!.ToJsonString().ShouldBe($$"""[{"ticketId":"{{stuck}}","error":"InvalidOperationException"}]""");

        await ExecuteAsync("update events.mt_streams set is_archived = false where id = $1", Guid.Parse(stuck));
        (await service.Agent.PostAsync("/v1/retargetings/policy-stuck-2/resume")).Status.ShouldBe(403);
        (await service.Administrator.PostAsync("/v1/retargetings/policy-stuck-2/resume")).Text("state").ShouldBe("waiting");
        await service.LetRetargetAsync();
        await FinishedAsync("policy-stuck-2", changed: 20);
        (await service.Administrator.PostAsync("/v1/retargetings/policy-stuck-2/resume")).Problem.ShouldBe("state-forbids", "it left nothing behind");
        foreach (var ticket in tickets) (await service.Agent.GetAsync($"{ticket}/history")).Items.Count(e => e!["type"]!.GetValue<string>() == "policy_rebound").ShouldBe(1);
    }

    [Fact]
    public async Task A_ticket_whose_state_cannot_be_read_is_named_and_holds_up_no_other()
    {
        var shop = await InForceAsync("garbled", """{ "elapsed": "PT10H" }""");
        var tickets = await OpenedAsync(shop, 10);
        var garbled = tickets[4]["/v1/tickets/".Length..];
        await ExecuteAsync("update read.tickets set doc = 'x' || doc where id = $1", Guid.Parse(garbled));
        await RepublishAsync("garbled", """{ "elapsed": "PT20H" }""");
        await service.LetRetargetAsync();

        var done = await FinishedAsync("policy-garbled-2", changed: 9, failed: 1);
        done.Json["failures"]!.AsArray().Single()!["ticketId"]!.GetValue<string>().ShouldBe(garbled);

        await ExecuteAsync("update read.tickets set doc = substr(doc, 2) where id = $1", Guid.Parse(garbled));
        (await service.Administrator.PostAsync("/v1/retargetings/policy-garbled-2/resume")).Status.ShouldBe(200);
        await service.LetRetargetAsync();
        await FinishedAsync("policy-garbled-2", changed: 10);
    }

    [Fact]
    public async Task A_job_that_waits_is_called_off_by_retiring_its_version_and_every_ticket_keeps_its_promise()
    {
        var ticket = await ToBeRetargetedTomorrowAsync("calledoff");
        (await service.Administrator.PostAsync("/v1/policies/calledoff/retire", "{}")).Status.ShouldBe(200);

        await TomorrowAsync();
        await FinishedAsync("policy-calledoff-2", changed: 0);
        await IsUnderAsync(ticket, 1);
    }

    [Fact]
    public async Task A_job_that_waits_is_called_off_by_a_later_version_that_is_in_force_before()
    {
        var ticket = await ToBeRetargetedTomorrowAsync("overtaken");
        (await service.Administrator.PutAsync("/v1/policies/overtaken", Policy("overtaken", """{ "elapsed": "PT60H" }"""))).Status.ShouldBe(200);
        (await service.Administrator.PostAsync("/v1/policies/overtaken/publish", "{}")).Status.ShouldBe(200);

        await TomorrowAsync();
        await FinishedAsync("policy-overtaken-2", changed: 0);
        await IsUnderAsync(ticket, 1);
    }

    [Fact]
    public async Task A_job_is_not_called_off_by_a_draft_nor_by_a_later_version_that_is_yet_to_come()
    {
        var ticket = await ToBeRetargetedTomorrowAsync("unhurried");
        (await service.Administrator.PutAsync("/v1/policies/unhurried", Policy("unhurried", """{ "elapsed": "PT60H" }"""))).Status.ShouldBe(200);
        (await service.Administrator.PostAsync("/v1/policies/unhurried/publish", $$"""{ "effectiveFrom": "{{service.Time.Current.AddDays(9):O}}" }""")).Status.ShouldBe(200);
        (await service.Administrator.PutAsync("/v1/policies/unhurried", Policy("unhurried", """{ "elapsed": "PT70H" }"""))).Status.ShouldBe(200);

        await TomorrowAsync();
        await FinishedAsync("policy-unhurried-2", changed: 1);
        await IsUnderAsync(ticket, 2);
    }

    [Fact]
    public async Task Jobs_are_listed_the_newest_first_in_pages_for_staff_alone()
    {
        foreach (var name in (string[])["first", "second", "third"])
        {
            await InForceAsync(name, """{ "elapsed": "PT10H" }""");
            await RepublishAsync(name, """{ "elapsed": "PT20H" }""");
        }
        List<string> ids = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await service.Auditor.GetAsync("/v1/retargetings?limit=2" + (cursor.Length == 0 ? "" : $"&cursor={cursor}"));
            page.Items.Count.ShouldBeLessThanOrEqualTo(2);
            ids.AddRange(page.Items.Select(j => j!["id"]!.GetValue<string>()));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        }
        ids.Where(id => id is "policy-first-2" or "policy-second-2" or "policy-third-2").ShouldBe(["policy-third-2", "policy-second-2", "policy-first-2"]);
        ids.ShouldBeUnique();
        (await service.Shop.GetAsync("/v1/retargetings")).Status.ShouldBe(403);
        (await service.Agent.GetAsync("/v1/retargetings/policy-unheard-of-1")).Status.ShouldBe(404);
        (await service.Administrator.PostAsync("/v1/retargetings/policy-unheard-of-1/resume")).Status.ShouldBe(404);
        (await service.Agent.GetAsync("/v1/retargetings?cursor=bm9uZQ")).Problem.ShouldBe("invalid-parameter");
    }

    /// <summary>A channel of its own with a policy of its own, in force.</summary>
    private async Task<ApiClient> InForceAsync(string name, string target, string calendar = "always")
    {
        var shop = await service.RegisterAsync("/v1/channels", $$"""{ "name": "{{name}}", "medium": "web" }""");
        (await service.Administrator.PostAsync("/v1/policies", Policy(name, target, calendar))).Status.ShouldBe(201);
        (await service.Administrator.PostAsync($"/v1/policies/{name}/publish", "{}")).Status.ShouldBe(200);
        service.Time.Advance(TimeSpan.FromSeconds(6));
        return shop;
    }

    /// <summary>A running ticket of 48 hours, and a second version for running tickets that is in force in a day.</summary>
    private async Task<string> ToBeRetargetedTomorrowAsync(string name)
    {
        var shop = await InForceAsync(name, """{ "elapsed": "PT48H" }""");
        var ticket = (await OpenedAsync(shop, 1)).Single();
        (await service.Administrator.PutAsync($"/v1/policies/{name}", Policy(name, """{ "elapsed": "PT50H" }"""))).Status.ShouldBe(200);
        var published = await service.Administrator.PostAsync($"/v1/policies/{name}/publish", $$"""{ "effectiveFrom": "{{service.Time.Current.AddDays(1):O}}", "applyToRunning": true }""");
        published.Text("retargeting").ShouldBe($"policy-{name}-2");
        return ticket;
    }

    private async Task TomorrowAsync()
    {
        service.Time.Advance(TimeSpan.FromDays(1));
        await service.LetRetargetAsync();
    }

    private async Task IsUnderAsync(string ticket, int version)
    {
        (await service.Agent.GetAsync(ticket)).Milestone("resolution")["policyVersion"]!.GetValue<int>().ShouldBe(version);
        (await service.Agent.GetAsync($"{ticket}/history")).Items.Count(e => e!["type"]!.GetValue<string>() == "policy_rebound").ShouldBe(version - 1);
    }

    private async Task<ApiAnswer> RepublishAsync(string name, string target)
    {
        (await service.Administrator.PutAsync($"/v1/policies/{name}", Policy(name, target, warnAt: 90))).Status.ShouldBe(200);
        var published = await service.Administrator.PostAsync($"/v1/policies/{name}/publish", """{ "applyToRunning": true }""");
        published.Status.ShouldBe(200);
        return published;
    }

    private static async Task<string[]> OpenedAsync(ApiClient shop, int tickets) =>
        await Task.WhenAll(Enumerable.Range(0, tickets).Select(async _ => (await shop.PostAsync("/v1/tickets", RunningService.Request())).Location!));

    /// <summary>The second look, half a minute after the first.</summary>
    private async Task<ApiAnswer> FinishedAsync(string id, long changed, long failed = 0)
    {
        service.Time.Advance(TimeSpan.FromSeconds(30));
        await service.LetRetargetAsync();
        var job = await service.Agent.GetAsync($"/v1/retargetings/{id}");
        (job.Text("state"), job.Value<long>("changed"), job.Value<long>("failed"), job.Json["finishedAt"] is not null).ShouldBe(("done", changed, failed, true));
        return job;
    }

    private async Task ExecuteAsync(string sql, Guid stream)
    {
#pragma warning disable CA2100 // the tests' own texts
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(sql);
#pragma warning restore CA2100
        command.Parameters.Add(new() { Value = stream });
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    private static DateTimeOffset InstantOf(JsonNode? time) => DateTimeOffset.Parse(time!.GetValue<string>(), CultureInfo.InvariantCulture);
}
