using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Retention;

/// <summary><c>/v1/audit/retention</c> over HTTP: who may, what is answered, what is refused and by which field.</summary>
public sealed class RetentionApiTests(RunningService service) : IClassFixture<RunningService>
{
    private const string Rules = "/v1/audit/retention/rules";

    [Fact]
    public async Task The_rules_are_versions_that_are_all_kept_and_the_first_is_shipped()
    {
        var first = await service.Auditor.GetAsync(Rules + "/versions?limit=500");
        var shipped = first.Items[^1]!;
        (shipped["version"]!.GetValue<int>(), shipped["rules"]!.ToJsonString()).ShouldBe((1, """[{"name":"three-years","kind":[],"age":"P3Y","action":"archive"}]"""));

        var version = (await service.Administrator.GetAsync(Rules)).Value<int>("version");
        var put = await service.Administrator.PutAsync(Rules, """{ "rules": [ { "name": "complaints", "kind": ["complaint", "return"], "age": "P10Y", "action": "delete" } ] }""");
        (put.Status, put.Value<int>("version"), put.ETag).ShouldBe((200, version + 1, $"\"{version + 1}\""));
        put.Json["publishedBy"]!["id"]!.GetValue<string>().ShouldBe("administrator");

        var again = await service.Administrator.PutAsync(Rules, """{ "rules": [ { "name": "complaints", "kind": ["complaint", "return"], "age": "P10Y", "action": "delete" } ] }""");
        (again.Status, again.Value<int>("version"), again.ETag).ShouldBe((200, version + 1, put.ETag), "the same once more is no other set");

        var newest = await service.Auditor.GetAsync(Rules + "/versions?limit=1");
        newest.Items.ShouldHaveSingleItem()!["version"]!.GetValue<int>().ShouldBe(version + 1);
        (await service.Auditor.GetAsync($"{Rules}/versions?limit=1&cursor={newest.Text("nextCursor")}")).Items.ShouldHaveSingleItem()!["version"]!.GetValue<int>().ShouldBe(version);
        (await service.Administrator.PutAsync(Rules, """{ "rules": [] }""", ("If-Match", $"\"{version}\""))).Problem.ShouldBe("stale-version");
        (await service.Auditor.GetAsync(Rules)).Value<int>("version").ShouldBe(version + 1);
    }

    [Theory]
    [InlineData("""[{ "name": "a", "age": "P2Y", "action": "archive" }]""", "invalid-retention-rules", "rules[0].age")]
    [InlineData("""[{ "name": "a", "age": "P1095D", "action": "delete" }]""", "invalid-retention-rules", "rules[0].age")]
    [InlineData("""[{ "name": "A b", "age": "P3Y", "action": "delete" }]""", "invalid-retention-rules", "rules[0].name")]
    [InlineData("""[{ "name": "a", "age": "P3Y", "action": "delete" }, { "name": "b", "kind": ["repair"], "age": "P4Y", "action": "delete" }]""", "invalid-retention-rules", "rules[1].kind")]
    [InlineData("""[{ "name": "a", "age": "P3Y", "action": "archive" }, { "name": "b", "kind": ["repair"], "age": "P3Y", "action": "delete" }]""", "invalid-retention-rules", "rules[1].age")]
    [InlineData("""[{ "name": "a", "kind": ["repairs"], "age": "P3Y", "action": "archive" }]""", "invalid-fields", "rules[0].kind[0]")]
    [InlineData("""[{ "name": "a", "age": "P3Y", "action": "burn" }]""", "invalid-fields", "rules[0].action")]
    [InlineData("""[{ "name": "a", "age": "P3Y" }]""", "invalid-fields", "rules[0].action")]
    [InlineData("""[{ "name": "a", "age": "P3Y", "action": "delete", "exceptFor": "vip" }]""", "unknown-field", "rules[0].exceptFor")]
    public async Task Rules_that_do_not_hold_together_are_refused_by_the_field_and_change_nothing(string rules, string problem, string field)
    {
        var before = (await service.Administrator.GetAsync(Rules)).ETag;
        var refused = await service.Administrator.PutAsync(Rules, $$"""{ "rules": {{rules}} }""");
        (refused.Problem, refused.Fields.ShouldHaveSingleItem()).ShouldBe((problem, field));
        (await service.Administrator.GetAsync(Rules)).ETag.ShouldBe(before);
    }

    [Fact]
    public async Task Auditors_read_administrators_change_and_nobody_else_sees_any_of_it()
    {
        foreach (var path in (string[])[Rules, Rules + "/versions", "/v1/audit/retention/runs", "/v1/audit/retention/records"])
        {
            (await service.Auditor.GetAsync(path)).Status.ShouldBe(200);
            (await service.Administrator.GetAsync(path)).Status.ShouldBe(200);
            foreach (var other in (ApiClient[])[service.Agent, service.Shop]) (await other.GetAsync(path)).Status.ShouldBe(403);
        }
        foreach (var other in (ApiClient[])[service.Auditor, service.Agent, service.Shop])
        {
            (await other.PutAsync(Rules, """{ "rules": [] }""")).Status.ShouldBe(403);
            (await other.PostAsync("/v1/audit/retention/runs", "{}")).Status.ShouldBe(403);
        }
        (await service.Agent.PostAsync($"{await service.OpenAsync()}/place-legal-hold", """{ "reason": "?" }""")).Status.ShouldBe(403, "a supervisor or an administrator does");
    }

    [Fact]
    public async Task A_run_that_is_asked_for_has_an_address_and_comes_to_its_end_by_itself()
    {
        var asked = await service.Administrator.PostAsync("/v1/audit/retention/runs", """{ "dryRun": true }""");
        (asked.Status, asked.Value<bool>("dryRun"), asked.Text("requestedBy")).ShouldBe((202, true, "administrator"));
        for (var tries = 0; (await service.Auditor.GetAsync(asked.Location!)).Text("state") != "done"; tries++) tries.ShouldBeLessThan(5_000);
        (await service.Auditor.GetAsync("/v1/audit/retention/runs?limit=1")).Items.ShouldHaveSingleItem()!["id"]!.GetValue<string>().ShouldBe(asked.Text("id"));
        (await service.Auditor.GetAsync($"/v1/audit/retention/runs/{Guid.CreateVersion7()}")).Status.ShouldBe(404);
        (await service.Auditor.GetAsync("/v1/audit/retention/runs/all")).Status.ShouldBe(404);
        (await service.Administrator.PostAsync("/v1/audit/retention/runs", """{ "dryrun": true }""")).Problem.ShouldBe("unknown-field");
        (await service.Auditor.GetAsync("/v1/audit/retention/runs?cursor=bm8")).Problem.ShouldBe("invalid-parameter");
        (await service.Auditor.GetAsync("/v1/audit/retention/records?limit=20")).Status.ShouldBe(200);
        (await service.Auditor.GetAsync("/v1/audit/retention/records?limit=21")).Problem.ShouldBe("invalid-parameter", "each may name thousands of positions");
    }
}
