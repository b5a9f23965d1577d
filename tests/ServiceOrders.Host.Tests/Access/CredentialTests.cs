using ServiceOrders.Host.Access;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Access;

/// <summary>Who gets in, and how far.</summary>
public sealed class CredentialTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task Without_a_key_that_counts_nobody_gets_in()
    {
        foreach (var stranger in new[] { service.Nobody, service.With("sok_nobody"), service.With(new string('k', 300)) })
        {
            var answer = await stranger.GetAsync("/v1/tickets");
            (answer.Status, answer.Problem).ShouldBe((401, "unauthenticated"));
            answer.Challenge.ShouldStartWith("Bearer");
        }
        (await service.Administrator.GetAsync("/v1/tickets", ("X-Api-Key", "another"))).Status.ShouldBe(401, "two keys leave open which one is meant");
    }

    [Fact]
    public async Task A_key_is_shown_once_and_stored_nowhere()
    {
        var made = await service.Administrator.PostAsync("/v1/channels", """{ "name": "once-shop", "medium": "wechat" }""");
        (made.Status, made.Location, made.ETag).ShouldBe((201, "/v1/channels/once-shop", "\"1\""));
        var key = made.Text("apiKey");
        (await service.Nobody.GetAsync("/v1/tickets", ("X-Api-Key", key))).Status.ShouldBe(200);
        (await service.Administrator.GetAsync("/v1/channels/once-shop")).Body.ShouldNotContain(key);
        (await service.CountAsync($"(select from events.mt_events where data::text like '%{key}%' or headers::text like '%{key}%') found")).ShouldBe(0);
        (await service.CountAsync($"(select from read.credentials c where c::text like '%{key}%') found")).ShouldBe(0);
        (await service.Administrator.PostAsync("/v1/channels", """{ "name": "once-shop", "medium": "wechat" }""")).Problem.ShouldBe("name-taken");
    }

    [Fact]
    public async Task A_repeated_registration_shows_the_same_key()
    {
        const string body = """{ "name": "zhao", "role": "technician" }""";
        var first = await service.Administrator.PostAsync("/v1/staff", body, ("Idempotency-Key", "zhao-1"));
        var again = await service.Administrator.PostAsync("/v1/staff", body, ("Idempotency-Key", "zhao-1"));
        (again.Status, again.Body).ShouldBe((201, first.Body));
        (await service.With(first.Text("apiKey")).GetAsync("/v1/tickets")).Status.ShouldBe(200);
        (await service.Administrator.PostAsync("/v1/staff", """{ "name": "qian", "role": "technician" }""", ("Idempotency-Key", "zhao-1"))).Problem.ShouldBe("idempotency-key-reused");
    }

    [Fact]
    public async Task A_rotation_lets_the_old_key_count_for_a_while()
    {
        var old = (await service.Administrator.PostAsync("/v1/channels", """{ "name": "turning-shop", "medium": "web" }""")).Text("apiKey");
        var rotated = await service.Administrator.PostAsync("/v1/channels/turning-shop/rotate-key", """{ "overlap": "PT10M" }""", ("If-Match", "\"1\""));
        (rotated.Status, rotated.ETag).ShouldBe((200, "\"2\""));
        (await service.With(rotated.Text("apiKey")).GetAsync("/v1/tickets")).Status.ShouldBe(200);
        (await service.With(old).GetAsync("/v1/tickets")).Status.ShouldBe(200);
        service.Time.Advance(TimeSpan.FromMinutes(10));
        (await service.With(old).GetAsync("/v1/tickets")).Status.ShouldBe(401);
        (await service.With(rotated.Text("apiKey")).GetAsync("/v1/tickets")).Status.ShouldBe(200);
        (await service.Administrator.PostAsync("/v1/channels/turning-shop/rotate-key", """{ "overlap": "P31D" }""")).Fields.ShouldBe(["overlap"]);
        (await service.Administrator.PostAsync("/v1/channels/turning-shop/rotate-key", "{}", ("If-Match", "\"1\""))).Problem.ShouldBe("stale-version");
    }

    [Fact]
    public async Task A_suspended_channel_is_out_at_once_and_back_when_resumed()
    {
        var shop = await service.RegisterAsync("/v1/channels", """{ "name": "paused-shop", "medium": "web" }""");
        (await shop.GetAsync("/v1/tickets")).Status.ShouldBe(200);
        (await service.Administrator.PostAsync("/v1/channels/paused-shop/suspend")).Value<bool>("suspended").ShouldBeTrue();
        (await shop.GetAsync("/v1/tickets")).Status.ShouldBe(401);
        (await service.Administrator.PostAsync("/v1/channels/paused-shop/suspend")).Problem.ShouldBe("already-suspended");
        (await service.Administrator.PostAsync("/v1/channels/paused-shop/resume")).Status.ShouldBe(200);
        (await shop.GetAsync("/v1/tickets")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Who_left_is_out_and_nobody_locks_themselves_out()
    {
        var member = await service.RegisterAsync("/v1/staff", """{ "name": "leaving", "role": "agent" }""");
        (await member.GetAsync("/v1/tickets")).Status.ShouldBe(200);
        (await service.Administrator.PostAsync("/v1/staff/leaving/deactivate", "{}")).Value<bool>("deactivated").ShouldBeTrue();
        (await member.GetAsync("/v1/tickets")).Status.ShouldBe(401);
        (await service.Administrator.PostAsync("/v1/staff/leaving/rotate-key", "{}")).Problem.ShouldBe("deactivated");
        (await service.Administrator.PostAsync($"/v1/staff/{FirstAdministrator.Name}/deactivate", "{}")).Problem.ShouldBe("not-oneself");
    }

    [Fact]
    public async Task An_auditor_reads_everything_and_changes_nothing()
    {
        var ticket = await service.OpenAsync();
        foreach (var path in new[] { "/v1/tickets", ticket, ticket + "/history", "/v1/channels", "/v1/staff", "/v1/policies", "/v1/calendars", "/v1/deadlines", "/v1/projections" })
            (await service.Auditor.GetAsync(path)).Status.ShouldBe(200, path);
        foreach (var path in new[] { "/v1/tickets", ticket + "/note", ticket + "/message", "/v1/channels", "/v1/policies", "/v1/projections/inline/rebuild" })
            (await service.Auditor.PostAsync(path, "{}")).Problem.ShouldBe("forbidden", path);
    }

    [Fact]
    public async Task Channels_and_agents_do_not_run_the_service()
    {
        foreach (var caller in new[] { service.Shop, service.Agent })
        {
            (await caller.PostAsync("/v1/channels", """{ "name": "x", "medium": "web" }""")).Problem.ShouldBe("forbidden");
            (await caller.PostAsync("/v1/staff", """{ "name": "x", "role": "administrator" }""")).Problem.ShouldBe("forbidden");
            (await caller.PostAsync("/v1/projections/inline/rebuild", "{}")).Problem.ShouldBe("forbidden");
        }
        (await service.Shop.GetAsync("/v1/staff")).Problem.ShouldBe("forbidden");
        (await service.Shop.PostAsync(await service.OpenAsync() + "/note", """{ "text": "x" }""")).Problem.ShouldBe("forbidden");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Capital")]
    [InlineData("with space")]
    [InlineData("-edge")]
    public async Task A_name_has_its_rules(string name) =>
        (await service.Administrator.PostAsync("/v1/channels", $$"""{ "name": "{{name}}", "medium": "web" }""")).Problem.ShouldBe("invalid-name");

    [Fact]
    public async Task Lists_of_staff_have_pages()
    {
        var first = await service.Auditor.GetAsync("/v1/staff?limit=1");
        var second = await service.Auditor.GetAsync($"/v1/staff?limit=1&cursor={first.Text("nextCursor")}");
        string.CompareOrdinal(first.Items.Single()!["name"]!.GetValue<string>(), second.Items.Single()!["name"]!.GetValue<string>()).ShouldBeLessThan(0);
        (await service.Auditor.GetAsync("/v1/staff?cursor=!")).Fields.ShouldBe(["cursor"]);
    }
}
