using Microsoft.Extensions.DependencyInjection;
using System.Text;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Web;

/// <summary>Whatever is wrong with a request has its own problem document, and leaves nothing behind.</summary>
public sealed class BadInputTests(RunningService service) : IClassFixture<RunningService>
{
    [Theory]
    [InlineData("{", "malformed-json")]
    [InlineData("""{ "description": "a", }""", "malformed-json")]
    [InlineData("""{ "description": "a", "description": "b" }""", "malformed-json")]
    [InlineData("""{ "description": "a" } x""", "malformed-json")]
    [InlineData("null", "invalid-fields", "$")]
    [InlineData("[]", "invalid-fields", "$")]
    [InlineData("""{ "description": 5, "contact": { "phone": true } }""", "invalid-fields", "description", "contact.phone")]
    [InlineData("""{ "kind": "Repair" }""", "invalid-fields", "kind")]
    [InlineData("""{ "kind": 0 }""", "invalid-fields", "kind")]
    [InlineData("""{ "customerId": "x" }""", "invalid-fields", "customerId")]
    [InlineData("""{ "occurredAt": "2026-02-30T00:00:00Z" }""", "invalid-fields", "occurredAt")]
    [InlineData("""{ "occurredAt": "2026-02-20T00:00:00" }""", "invalid-fields", "occurredAt")]
    [InlineData("""{ "occurredAt": "2026-02-20" }""", "invalid-fields", "occurredAt")]
    [InlineData("""{ "occurredAt": 1 }""", "invalid-fields", "occurredAt")]
    [InlineData("""{ "description": "a\u0000b" }""", "invalid-fields", "description")]
    [InlineData("""{ "externalReference": "\ud800" }""", "invalid-fields", "externalReference")]
    [InlineData("""{ "\ud800": 1 }""", "invalid-fields", "$")]
    [InlineData("""{ "description": "a", "contact": { "phone": "1", "\udc00x": {} } }""", "invalid-fields", "$")]
    [InlineData("""{ "descripton": "a", "contact": { "fone": "1" } }""", "unknown-field", "descripton", "contact.fone")]
    public async Task A_body_that_is_not_what_it_should_be_is_refused_field_by_field(string body, string problem, params string[] fields)
    {
        // What was shown before is written down before.
        await service.Services.GetRequiredService<Host.Privacy.AccessJournal>().FlushAsync();
        var before = await service.CountAsync("events.mt_events");
        var answer = await service.Shop.PostAsync("/v1/tickets", body);
        (answer.Status, answer.Problem, answer.MediaType).ShouldBe((400, problem, "application/problem+json"));
        answer.Fields.ShouldBe(fields, ignoreOrder: true);
        answer.Body.ShouldNotContain("System.");
        answer.Body.ShouldNotContain("ServiceOrders.");
        (await service.CountAsync("events.mt_events")).ShouldBe(before);
    }

    [Fact]
    public async Task An_unknown_field_is_named_for_what_it_is() =>
        (await service.Shop.PostAsync("/v1/tickets", """{ "urgencey": "urgent" }""")).Json["errors"]!["urgencey"]![0]!.GetValue<string>().ShouldBe("unknown-field");

    [Fact]
    public async Task What_no_ticket_can_do_without_is_asked_for_and_texts_have_limits()
    {
        var nothing = await service.Shop.PostAsync("/v1/tickets", "{}");
        (nothing.Status, nothing.Problem).ShouldBe((400, "invalid-fields"));
        nothing.Fields.ShouldBe(["description", "contact"], ignoreOrder: true);

        var long_ = await service.Shop.PostAsync("/v1/tickets", $$"""{ "description": "{{new string('x', 10_001)}}", "contact": { "phone": "{{new string('1', 41)}}" } }""");
        (long_.Status, long_.Problem).ShouldBe((422, "invalid-values"));
        long_.Fields.ShouldBe(["description", "contact.phone"], ignoreOrder: true);

        var unreachable = await service.Shop.PostAsync("/v1/tickets", """{ "description": "x", "contact": { "name": "王芳" } }""");
        (unreachable.Status, unreachable.Problem).ShouldBe((422, "unreachable"));
    }

    [Fact]
    public async Task A_body_past_the_limit_is_not_read()
    {
        var answer = await service.Shop.PostAsync("/v1/tickets", $$"""{ "description": "{{new string('x', 1_100_000)}}" }""");
        (answer.Status, answer.Problem).ShouldBe((413, "body-too-large"));
    }

    [Fact]
    public async Task Only_JSON_is_taken()
    {
        using var form = new StringContent("description=x", Encoding.UTF8, "application/x-www-form-urlencoded");
        var answer = await service.Shop.SendAsync(HttpMethod.Post, "/v1/tickets", form);
        (answer.Status, answer.Problem).ShouldBe((415, "unsupported-media-type"));
    }

    [Fact]
    public async Task Addresses_and_methods_that_do_not_exist_say_so()
    {
        var nowhere = await service.Shop.GetAsync("/v1/tickts");
        (nowhere.Status, nowhere.Problem).ShouldBe((404, "unknown-route"));
        var delete = await service.Shop.SendAsync(HttpMethod.Delete, "/v1/tickets", null);
        (delete.Status, delete.Problem).ShouldBe((405, "method-not-allowed"));
        delete.Allow.ShouldBe(["GET", "POST"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("?foo=1&status=open", "unknown-parameter", "foo")]
    [InlineData("?status=Open", "invalid-parameter", "status")]
    [InlineData("?limit=0", "invalid-parameter", "limit")]
    [InlineData("?limit=501", "invalid-parameter", "limit")]
    [InlineData("?limit=1&limit=2", "invalid-parameter", "limit")]
    [InlineData("?breached=yes", "invalid-parameter", "breached")]
    [InlineData("?dueBefore=2026-02-30T00:00:00Z", "invalid-parameter", "dueBefore")]
    [InlineData("?cursor=abc", "invalid-parameter", "cursor")]
    public async Task A_query_is_read_as_strictly_as_a_body(string query, string problem, string parameter)
    {
        var answer = await service.Shop.GetAsync("/v1/tickets" + query);
        (answer.Status, answer.Problem).ShouldBe((400, problem));
        answer.Fields.ShouldBe([parameter]);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("W/\"3\"")]
    [InlineData("\"3\", \"4\"")]
    [InlineData("\"x\"")]
    [InlineData("\"-1\"")]
    public async Task An_If_Match_that_is_no_entity_tag_of_ours_is_refused(string tag)
    {
        var ticket = await service.OpenAsync();
        var answer = await service.Shop.PostAsync(ticket + "/message", """{ "text": "x" }""", ("If-Match", tag));
        (answer.Status, answer.Problem).ShouldBe((400, "invalid-header"));
        (await service.Shop.GetAsync(ticket)).ETag.ShouldBe((await service.Shop.GetAsync(ticket + "?version=4")).ETag);
    }

    [Fact]
    public async Task An_idempotency_key_is_printable_and_not_too_long()
    {
        (await service.Shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", new string('k', 255)))).Status.ShouldBe(201);
        (await service.Shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", new string('k', 256)))).Problem.ShouldBe("invalid-header");
        (await service.Shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", ""))).Problem.ShouldBe("invalid-header");
    }

    [Theory]
    [InlineData("0199a5b4-7c1e-7d00-8000-0123456789ab")]
    [InlineData("SO-12345")]
    [InlineData("nothing")]
    [InlineData("%20")]
    public async Task An_unknown_ticket_is_not_found(string id)
    {
        (await service.Agent.GetAsync("/v1/tickets/" + id)).Problem.ShouldBe("not-found");
        (await service.Agent.GetAsync($"/v1/tickets/{id}/history")).Problem.ShouldBe("not-found");
        (await service.Agent.PostAsync($"/v1/tickets/{id}/acknowledge", "{}")).Problem.ShouldBe("not-found");
    }
}
