using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>Row K5 over HTTP: who is shown what, and how what was taken down is found.</summary>
public class AccessApiTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task An_auditor_gets_enough_to_tell_people_apart_in_the_ticket_its_past_its_list_and_its_history()
    {
        var id = await AStory();
        foreach (var path in new[] { $"/v1/tickets/{id}", $"/v1/tickets/{id}?version=1", $"/v1/tickets/{id}?at={Uri.EscapeDataString(service.Time.Current.ToString("O"))}" }) Masked((await service.Auditor.GetAsync(path)).Json);
        Masked((await service.Auditor.GetAsync("/v1/tickets?limit=1&sort=updatedAt")).Items[0]!);
        var history = (await service.Auditor.GetAsync($"/v1/tickets/{id}/history?limit=500")).Items;
        var opened = history.Single(e => e!["type"]!.GetValue<string>() == "ticket_opened")!["data"]!;
        Masked(opened);
        history.Single(e => e!["type"]!.GetValue<string>() == "note_added")!["data"]!["text"]!.GetValue<string>().ShouldBe("[masked]");
        // Those who handle tickets see it plain.
        (await service.Agent.GetAsync($"/v1/tickets/{id}")).Json["contact"]!["name"]!.GetValue<string>().ShouldBe("王芳");

        static void Masked(JsonNode ticket)
        {
            ticket["description"]!.GetValue<string>().ShouldBe("[masked]");
            ticket["contact"]!["name"]!.GetValue<string>().ShouldBe("王*");
            ticket["contact"]!["phone"]!.GetValue<string>().ShouldBe("***0000");
            ticket["contact"]!["email"]!.GetValue<string>().ShouldBe("w***@example.com");
            ticket["contact"]!["preferredMedium"]!.GetValue<string>().ShouldBe("phone");
        }
    }

    [Fact]
    public async Task Accesses_are_found_by_subject_ticket_actor_and_time_page_by_page_the_latest_first()
    {
        var customer = Guid.CreateVersion7();
        var (one, two) = (await AStory(customer), await AStory(customer));
        var before = service.Time.Current;
        service.Time.Advance(TimeSpan.FromMinutes(1));
        await service.Agent.GetAsync($"/v1/tickets/{one}");
        service.Time.Advance(TimeSpan.FromMinutes(1));
        await service.Shop.GetAsync($"/v1/tickets/{two}");
        await service.Agent.GetAsync($"/v1/tickets/{two}/history");

        var found = await Accesses($"?subject={customer}&from={Uri.EscapeDataString(before.AddSeconds(1).ToString("O"))}");
        found.Select(a => (a!["actor"]!.GetValue<string>(), a["ticketId"]!.GetValue<Guid>())).ShouldBe([("staff:li-wei", two), ("channel:wechat-shop", two), ("staff:li-wei", one)]);
        var subject = found.Select(a => a!["subjectId"]!.GetValue<Guid>()).Distinct().ShouldHaveSingleItem();
        subject.ShouldNotBe(customer);
        (await service.Auditor.GetAsync($"/v1/audit/subjects/{customer}")).Value<Guid>("subjectId").ShouldBe(subject);
        (await Accesses($"?subject={subject}")).Select(a => a!.ToJsonString()).Take(3).ShouldBe(found.Select(a => a!.ToJsonString()));
        found[0]!["kinds"]!.AsArray().Select(k => k!.GetValue<string>()).ShouldBe(["contact", "description", "texts"]);
        found[2]!["kinds"]!.AsArray().Select(k => k!.GetValue<string>()).ShouldBe(["contact", "description"]);
        (await Accesses($"?subject={customer}&ticket={one}&actor=li-wei")).Count.ShouldBe(1);
        (await Accesses($"?subject={customer}&to={Uri.EscapeDataString(before.ToString("O"))}")).ShouldBeEmpty();

        var page = await service.Auditor.GetAsync($"/v1/audit/accesses?subject={customer}&limit=2");
        var next = await service.Auditor.GetAsync($"/v1/audit/accesses?subject={customer}&limit=2&cursor={page.Text("nextCursor")}");
        page.Items.Concat(next.Items).Select(a => a!.ToJsonString()).ShouldBe(found.Select(a => a!.ToJsonString()));
        next.Json["nextCursor"].ShouldBeNull();
    }

    [Fact]
    public async Task The_access_log_is_for_auditors_and_administrators_and_takes_no_nonsense()
    {
        (await service.Agent.GetAsync("/v1/audit/accesses")).Status.ShouldBe(403);
        (await service.Shop.GetAsync("/v1/audit/accesses")).Status.ShouldBe(403);
        (await service.Administrator.GetAsync("/v1/audit/accesses")).Status.ShouldBe(200);
        (await service.Auditor.GetAsync("/v1/audit/accesses?subject=me")).Fields.ShouldBe(["subject"]);
        (await service.Auditor.GetAsync("/v1/audit/accesses?cursor=nonsense")).Fields.ShouldBe(["cursor"]);
        // Its sum is right, its instant is none.
        foreach (var ticks in new[] { -1, long.MinValue, long.MaxValue })
        {
            byte[] place = [.. BitConverter.GetBytes(ticks).Reverse(), .. new byte[12]];
            var cursor = Base64Url.EncodeToString([.. place, .. SHA256.HashData([.. "accesses"u8, .. place])[..4]]);
            (await service.Auditor.GetAsync($"/v1/audit/accesses?cursor={cursor}")).Fields.ShouldBe(["cursor"]);
        }
    }

    private async Task<JsonArray> Accesses(string query)
    {
        await service.Services.GetRequiredService<AccessJournal>().FlushAsync();
        foreach (var runner in service.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
        var answer = await service.Auditor.GetAsync("/v1/audit/accesses" + query);
        answer.Status.ShouldBe(200, answer.Body);
        return answer.Items;
    }

    private async Task<Guid> AStory(Guid? customer = null)
    {
        var body = $$"""
            { "kind": "repair", "description": "开机无反应,指示灯不亮", "contact": { "name": "王芳", "phone": "+86 138 0000 0000", "email": "wang.fang@example.com", "preferredMedium": "phone" },
              "customerId": {{(customer is null ? "null" : $"\"{customer}\"")}} }
            """;
        var id = (await service.Shop.PostAsync("/v1/tickets", body)).Value<Guid>("id");
        (await service.Shop.PostAsync($"/v1/tickets/{id}/message", """{ "text": "secret-message" }""")).Status.ShouldBe(200);
        (await service.Agent.PostAsync($"/v1/tickets/{id}/note", """{ "text": "secret-note" }""")).Status.ShouldBe(200);
        (await service.Agent.PostAsync($"/v1/tickets/{id}/diagnose", """{ "cause": "hardware", "findings": "secret-findings" }""")).Status.ShouldBe(200);
        return id;
    }
}
