using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>Row K5: every address of the service is asked, by everyone, with values that are found there: whoever is shown personal data is taken down, and an auditor is shown none.</summary>
public class EveryAddressTests(RunningService service) : IClassFixture<RunningService>
{
    private const string Month = "2026-03", ByAnAuditor = "secret-review";

    // What the story below says of the customer; the rest are words of staff and auditors about them.
    private static readonly string[] Secrets = ["王芳", "138 0000 0000", "wang.fang@example.com", "开机无反应", "secret-message", "secret-note", "secret-findings", ByAnAuditor];

    /// <summary>Where something about the customer is, or may be: how to ask for it. <c>{id}</c> is the ticket.</summary>
    private static readonly Dictionary<string, string[]> Asked = new()
    {
        ["GET /v1/tickets"] = ["/v1/tickets", "/v1/tickets?sort=updatedAt&limit=500"],
        ["GET /v1/tickets/{idOrNumber}"] = ["/v1/tickets/{id}", "/v1/tickets/{number}", "/v1/tickets/{id}?version=1", "/v1/tickets/{id}?at=2099-01-01T00:00:00Z"],
        ["GET /v1/tickets/{idOrNumber}/history"] = ["/v1/tickets/{id}/history?limit=500"],
        ["GET /v1/tickets/{idOrNumber}/history/{version}"] = ["/v1/tickets/{id}/history/1", "/v1/tickets/{number}/history/3"],
        ["GET /v1/tickets/{idOrNumber}/changes"] = ["/v1/tickets/{id}/changes", "/v1/tickets/{id}/changes?from=1&to=3"],
        ["GET /v1/tickets/{idOrNumber}/evidence"] = ["/v1/tickets/{id}/evidence"],
        ["GET /v1/notices"] = ["/v1/notices?limit=500"],
        ["GET /v1/deadlines"] = ["/v1/deadlines"],
        ["GET /v1/audit/events"] = ["/v1/audit/events?ticket={id}&limit=500", "/v1/audit/events?type=sample_finding_recorded", "/v1/audit/events?type=personal_data_read&limit=500"],
        ["GET /v1/audit/export"] = ["/v1/audit/export?ticket={id}", "/v1/audit/export?format=csv&ticket={id}", "/v1/audit/export"],
        ["GET /v1/audit/accesses"] = ["/v1/audit/accesses?ticket={id}&limit=500"],
        ["GET /v1/audit/subjects/{id}"] = ["/v1/audit/subjects/{id}"],
        ["GET /v1/audit/samples"] = ["/v1/audit/samples"],
        ["GET /v1/audit/samples/{month}"] = [$"/v1/audit/samples/{Month}"],
        ["GET /v1/audit/samples/{month}/evidence"] = [$"/v1/audit/samples/{Month}/evidence"],
        ["GET /v1/audit/findings"] = ["/v1/audit/findings"],
        ["POST /v1/audit/samples/{month}/draw"] = [$"/v1/audit/samples/{Month}/draw {{}}"],
        ["POST /v1/simulations"] = [$"/v1/simulations {Simulation}"],
        // Repeats of the story's own requests: the first answers were told of by their events.
        ["POST /v1/tickets"] = [$"/v1/tickets {Opening}"],
        ["POST /v1/tickets/{idOrNumber}/message"] = [$"/v1/tickets/{{id}}/message {Message}"],
        ["POST /v1/tickets/{idOrNumber}/note"] = [$"/v1/tickets/{{id}}/note {Note}"],
        ["POST /v1/audit/samples/{month}/findings"] = [$"/v1/audit/samples/{Month}/findings {Review}"],
    };

    /// <summary>Whose requests the story's were: from anybody else they would be new ones, of which their own events tell.</summary>
    private static readonly Dictionary<string, string> AskedFirstBy = new()
    {
        ["POST /v1/tickets"] = "channel:wechat-shop", ["POST /v1/tickets/{idOrNumber}/message"] = "channel:wechat-shop", ["POST /v1/tickets/{idOrNumber}/note"] = "staff:li-wei",
        ["POST /v1/audit/samples/{month}/findings"] = "staff:zhou-min",
    };

    /// <summary>Where nothing about a customer is: configuration, and the service about itself. They are asked all the same, with the ticket wherever something is named, and without a body.</summary>
    private static readonly string[] AboutNobody =
    [
        "GET /v1/audit/checkpoints", "GET /v1/audit/checkpoints/{size}", "GET /v1/audit/keys", "GET /v1/audit/log", "GET /v1/audit/master-key", "GET /v1/audit/proofs/consistency", "GET /v1/audit/proofs/inclusion",
        "GET /v1/audit/retention/records", "GET /v1/audit/retention/rules", "GET /v1/audit/retention/rules/versions", "GET /v1/audit/retention/runs", "GET /v1/audit/retention/runs/{id}", "GET /v1/audit/verifications",
        "GET /v1/audit/verifications/{id}", "GET /v1/calendars", "GET /v1/calendars/{name}", "GET /v1/channels", "GET /v1/channels/{name}", "GET /v1/classification-rules", "GET /v1/deadlines/lateness", "GET /v1/policies",
        "GET /v1/policies/{name}", "GET /v1/projections", "GET /v1/retargetings", "GET /v1/retargetings/{id}", "GET /v1/staff", "GET /v1/staff/{name}", "GET /v1/teams", "GET /v1/teams/{name}",
        "POST /v1/audit/checkpoints", "POST /v1/audit/keys/rotate", "POST /v1/audit/retention/runs", "POST /v1/audit/subjects/{id}/erase", "POST /v1/audit/verifications", "POST /v1/calendars", "POST /v1/calendars/{name}/calculate",
        "POST /v1/calendars/{name}/import", "POST /v1/channels", "POST /v1/channels/{name}/resume", "POST /v1/channels/{name}/rotate-key", "POST /v1/channels/{name}/suspend", "POST /v1/deadlines/{ticketId}/retry",
        "POST /v1/imports", "POST /v1/policies", "POST /v1/policies/{name}/publish", "POST /v1/policies/{name}/retire", "POST /v1/projections/{name}/rebuild", "POST /v1/projections/{name}/resume",
        "POST /v1/retargetings/{id}/resume", "POST /v1/staff", "POST /v1/staff/{name}/deactivate", "POST /v1/staff/{name}/rotate-key", "POST /v1/teams", "POST /v1/tickets/{idOrNumber}/erase", "PUT /v1/audit/retention/rules",
        "PUT /v1/calendars/{name}", "PUT /v1/classification-rules", "PUT /v1/policies/{name}", "PUT /v1/teams/{name}",
    ];

    private const string Opening = """
        { "kind": "repair", "description": "开机无反应,指示灯不亮", "contact": { "name": "王芳", "phone": "+86 138 0000 0000", "email": "wang.fang@example.com", "preferredMedium": "phone" } }
        """;
    private const string Simulation = """
        { "policy": { "name": "stricter", "milestones": [ { "name": "resolution", "calendar": "cn-office", "target": { "working": "PT8H" }, "startsOn": ["opened"], "metBy": ["resolved"] } ] }, "tickets": {} }
        """;
    private const string Message = """{ "text": "secret-message" }""";
    private const string Note = """{ "text": "secret-note" }""";
    private const string Review = $$"""{ "ticket": "{id}", "verdict": "majorFault", "text": "{{ByAnAuditor}}" }""";

    /// <summary>Acts answer with the ticket. Their repeats go one way, which notes and messages try above; here each is asked without a body, and as it is recorded or refused shows what it may.</summary>
    private static string[] Acts => [.. ActCatalog.All.Select(act => $"POST /v1/tickets/{{idOrNumber}}/{act.Name}").Except(Asked.Keys)];

    private static (string, string) KeyOf(string pattern) => ("Idempotency-Key", pattern.Replace('{', '(').Replace('}', ')'));

    [Fact]
    public void Every_address_of_the_service_is_known_to_this_test() =>
        Routes().ShouldBe([.. Asked.Keys, .. AboutNobody, .. Acts], ignoreOrder: true, "an address that is not in the lists above: say how to ask for what it has of customers, or that it has nothing of them");

    [Fact]
    public async Task No_answer_that_shows_personal_data_goes_unlogged_and_an_auditor_is_shown_none()
    {
        var reviewer = await service.RegisterAsync("/v1/staff", """{ "name": "zhou-min", "role": "auditor" }""");
        var (id, number) = await AStory(reviewer);
        (string Name, ApiClient Client)[] callers =
        [
            ("staff:li-wei", service.Agent), ("channel:wechat-shop", service.Shop), ("channel:web-shop", service.OtherShop), ("staff:sun-li", service.Auditor), ("staff:zhou-min", reviewer),
            ("staff:administrator", service.Administrator),
        ];
        List<string> shownBy = [], answered = [];
        foreach (var (pattern, asked) in Asked)
        {
            foreach (var one in asked)
            {
                foreach (var (name, client) in callers.Where(caller => AskedFirstBy.GetValueOrDefault(pattern, caller.Name) == caller.Name))
                {
                    var (answer, shown) = await AskAsync(client, pattern, one.Replace("{id}", id.ToString(), StringComparison.Ordinal).Replace("{number}", number, StringComparison.Ordinal), name);
                    if (answer.Status == 200) answered.Add(pattern);
                    if (!shown) continue;
                    shownBy.Add($"{name} {pattern}");
                    (await Accesses($"?ticket={id}&actor={name}&from={Uri.EscapeDataString(service.Time.Current.ToString("O"))}"))
                        .ShouldContain(a => a!["route"]!.GetValue<string>() == pattern, $"{one} showed {name} personal data");
                }
            }
        }
        foreach (var pattern in Acts)
        {
            foreach (var (name, client) in callers) await AskAsync(client, pattern, Filled(pattern, id) + " {}", name);
        }
        foreach (var pattern in AboutNobody)
        {
            foreach (var (name, client) in callers) (await AskAsync(client, pattern, Filled(pattern, id) + (pattern.StartsWith("GET", StringComparison.Ordinal) ? "" : " {}"), name)).Shown.ShouldBeFalse(pattern);
        }

        // The search does find what shows something, and every address above was asked so that it answers.
        answered.Distinct().ShouldBe(Asked.Keys.Except(["POST /v1/tickets"]), ignoreOrder: true);
        string[] plain = ["GET /v1/tickets", "GET /v1/tickets/{idOrNumber}", "GET /v1/tickets/{idOrNumber}/history", "GET /v1/tickets/{idOrNumber}/history/{version}", "GET /v1/tickets/{idOrNumber}/changes"];
        string[] staff = [.. new[] { "li-wei", "administrator" }.SelectMany(name => plain.Select(pattern => $"staff:{name} {pattern}"))];
        shownBy.Distinct().ShouldBe(
        [
            .. staff, .. plain.Select(pattern => $"channel:wechat-shop {pattern}"), "channel:wechat-shop POST /v1/tickets", "channel:wechat-shop POST /v1/tickets/{idOrNumber}/message",
            "staff:li-wei POST /v1/tickets/{idOrNumber}/note", .. new[] { "zhou-min", "administrator" }.Select(name => $"staff:{name} GET /v1/audit/samples/{{month}}"),
            .. new[] { "zhou-min", "administrator" }.Select(name => $"staff:{name} POST /v1/audit/samples/{{month}}/draw"), "staff:zhou-min POST /v1/audit/samples/{month}/findings",
        ], ignoreOrder: true);
        (await Accesses($"?ticket={id}&actor=staff:sun-li")).ShouldBeEmpty();
        (await Accesses($"?ticket={id}&actor=web-shop")).ShouldBeEmpty();
    }

    private string[] Routes() =>
    [
        .. service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => e.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal))
            .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods, (e, method) => $"{method} {e.RoutePattern.RawText}").Distinct(),
    ];

    /// <summary>An answer, and whether it shows something of the customer; what an auditor wrote is that auditor's to see.</summary>
    private async Task<(ApiAnswer Answer, bool Shown)> AskAsync(ApiClient client, string pattern, string asked, string name)
    {
        // The same again within a minute is told once.
        service.Time.Advance(TimeSpan.FromMinutes(1));
        var (path, body) = asked.Split(' ', 2) is [var address, var text] ? (address, text) : (asked, null);
        var answer = pattern.Split(' ')[0] switch
        {
            "GET" => await client.GetAsync(path),
            "PUT" => await client.PutAsync(path, body!),
            _ => await client.PostAsync(path, body, KeyOf(pattern)),
        };
        var shown = Secrets.Where(answer.Body.Contains).ToArray();
        if (name is "staff:sun-li" or "staff:zhou-min") shown.Except(name is "staff:zhou-min" ? [ByAnAuditor] : []).ShouldBeEmpty($"{pattern} shows an auditor {answer.Body}");
        answer.Status.ShouldNotBe(500, $"{pattern} {answer.Body}");
        return (answer, shown.Length > 0);
    }

    private static string Filled(string pattern, Guid id) => string.Join('/', pattern.Split(' ')[1].Split('/').Select(part => part.StartsWith('{') ? id.ToString() : part));

    private async Task<JsonArray> Accesses(string query)
    {
        await service.Services.GetRequiredService<AccessJournal>().FlushAsync();
        foreach (var runner in service.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
        var answer = await service.Auditor.GetAsync("/v1/audit/accesses" + query);
        answer.Status.ShouldBe(200, answer.Body);
        return answer.Items;
    }

    /// <summary>A ticket with everything that anyone may say of a customer, closed, drawn in its month's sample and reviewed.</summary>
    private async Task<(Guid Id, string Number)> AStory(ApiClient reviewer)
    {
        var samples = new SampleWorker(service.Services.GetRequiredService<Samples>(), service.Time, NullLogger<SampleWorker>.Instance);
        await samples.RunDueAsync();
        // So late that the story's idempotency keys outlive the draw.
        await service.LetPassAsync(new DateTimeOffset(2026, 3, 30, 1, 0, 0, TimeSpan.Zero) - service.Time.Current);
        var opened = await service.Shop.PostAsync("/v1/tickets", Opening, KeyOf("POST /v1/tickets"));
        opened.Status.ShouldBe(201);
        var id = opened.Value<Guid>("id");
        await Did(service.Shop, "message", Message);
        await Did(service.Agent, "note", Note);
        await Did(service.Agent, "diagnose", """{ "cause": "hardware", "findings": "secret-findings" }""");
        await Did(service.Agent, "resolve", "{}");
        await Did(service.Agent, "close", "{}");
        await service.LetPassAsync(new DateTimeOffset(2026, 3, 31, 16, 10, 0, TimeSpan.Zero) - service.Time.Current);
        await samples.RunDueAsync();
        var found = await reviewer.PostAsync($"/v1/audit/samples/{Month}/findings", Review.Replace("{id}", id.ToString(), StringComparison.Ordinal), KeyOf("POST /v1/audit/samples/{month}/findings"));
        found.Status.ShouldBe(200, found.Body);
        foreach (var runner in service.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
        (await service.Administrator.PostAsync("/v1/audit/checkpoints")).Status.ShouldBeOneOf(200, 201);
        return (id, opened.Text("number"));

        async Task Did(ApiClient who, string act, string body) => (await who.PostAsync($"/v1/tickets/{id}/{act}", body, KeyOf($"POST /v1/tickets/{{idOrNumber}}/{act}"))).Status.ShouldBe(200, act);
    }
}
