using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Web;

/// <summary>A caller whose answer was lost asks again, and is told what it would have been told.</summary>
public sealed class RepeatTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task A_reference_posted_again_when_its_time_lies_too_far_back_answers_with_the_ticket_all_the_same()
    {
        var body = RunningService.Request("WX-lost").Replace("\"occurredAt\": null", $"\"occurredAt\": \"{service.Time.Current:yyyy-MM-ddTHH:mm:ssZ}\"", StringComparison.Ordinal);
        var first = await service.Shop.PostAsync("/v1/tickets", body);
        first.Status.ShouldBe(201);
        service.Time.Advance(TimeSpan.FromMinutes(6));

        var again = await service.Shop.PostAsync("/v1/tickets", body);
        (again.Status, again.Problem).ShouldBe((200, null));
        again.Text("id").ShouldBe(first.Text("id"));

        var late = await service.Shop.PostAsync("/v1/tickets", body.Replace("WX-lost", "WX-late", StringComparison.Ordinal));
        (late.Status, late.Problem).ShouldBe((422, "reported-too-late"), "a reference that nobody posted before is refused");
        (await service.OtherShop.PostAsync("/v1/tickets", body)).Problem.ShouldBe("reported-too-late", "another channel's references are its own");
    }

    [Fact]
    public async Task A_repeat_is_as_the_first_answer_was_to_the_letter_though_clocks_went_on()
    {
        var opened = await service.Shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", "open-1"));
        service.Time.Advance(TimeSpan.FromSeconds(7));
        var message = await service.Shop.PostAsync(opened.Location + "/message", """{ "text": "快一点" }""", ("Idempotency-Key", "message-1"));
        service.Time.Advance(TimeSpan.FromSeconds(9));

        (await service.Shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", "open-1"))).Body.ShouldBe(opened.Body);
        (await service.Shop.PostAsync(opened.Location + "/message", """{ "text": "快一点" }""", ("Idempotency-Key", "message-1"))).Body.ShouldBe(message.Body);
        (await service.Shop.GetAsync(opened.Location!)).Milestone("resolution").ToJsonString().ShouldNotBe(message.Milestone("resolution").ToJsonString());
    }

    [Theory]
    [InlineData("/v1/calendars/always/calculate")]
    [InlineData("/v1/projections/inline/resume")]
    [InlineData("/v1/deadlines/0199a5b4-7c1e-7d00-8000-0123456789ab/retry")]
    [InlineData("/v1/imports")]
    [InlineData("/v1/tickets")]
    public async Task A_malformed_key_is_refused_everywhere(string path)
    {
        var answer = await service.Administrator.PostAsync(path, "{}", ("Idempotency-Key", new string('k', 256)));
        (answer.Status, answer.Problem).ShouldBe((400, "invalid-header"));
    }

    [Fact]
    public async Task A_channel_does_not_say_of_which_tier_its_customer_is()
    {
        var body = RunningService.Request().Replace("\"kind\"", "\"tier\": \"high\", \"kind\"", StringComparison.Ordinal);
        var refused = await service.Shop.PostAsync("/v1/tickets", body);
        (refused.Status, refused.Problem).ShouldBe((422, "tier-set-by-staff"));
        refused.Fields.ShouldBe(["tier"]);
        (await service.Agent.PostAsync("/v1/tickets", body.Replace("\"kind\"", "\"channel\": \"wechat-shop\", \"kind\"", StringComparison.Ordinal))).Text("tier").ShouldBe("high");
    }
}
