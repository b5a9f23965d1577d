using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>Callers choose the ids of customers, and may choose one that is a ticket's or a subject's: no key is destroyed by guess.</summary>
public class AmbiguousSubjectTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task An_id_that_is_a_ticket_without_a_customer_and_somebodys_customer_erases_neither()
    {
        var ticket = await EndedAsync(null);
        var other = await EndedAsync(ticket);

        var refused = await service.Administrator.PostAsync($"/v1/audit/subjects/{ticket}/erase");

        (refused.Status, refused.Problem).ShouldBe((409, "subject-ambiguous"));
        refused.Body.ShouldContain($"/v1/tickets/{ticket}/erase");
        await ShouldReadAsync(ticket, true);
        await ShouldReadAsync(other, true);
        (await service.Administrator.PostAsync($"/v1/tickets/{ticket}/erase")).Status.ShouldBe(200);
        await ShouldReadAsync(ticket, false);
        await ShouldReadAsync(other, true);
    }

    [Fact]
    public async Task An_id_that_is_one_customers_subject_and_another_customer_erases_neither_and_each_by_its_own_name()
    {
        var customer = Guid.CreateVersion7();
        var first = await EndedAsync(customer);
        var subject = (await service.Auditor.GetAsync($"/v1/audit/subjects/{customer}")).Value<Guid>("subjectId");
        subject.ShouldNotBe(customer);
        var second = await EndedAsync(subject);

        var refused = await service.Administrator.PostAsync($"/v1/audit/subjects/{subject}/erase");

        (refused.Status, refused.Problem).ShouldBe((409, "subject-ambiguous"));
        refused.Body.ShouldContain(customer.ToString());
        await ShouldReadAsync(first, true);
        await ShouldReadAsync(second, true);
        (await service.Administrator.PostAsync($"/v1/audit/subjects/{customer}/erase")).Status.ShouldBe(200);
        await ShouldReadAsync(first, false);
        await ShouldReadAsync(second, true);
    }

    private async Task<Guid> EndedAsync(Guid? customer)
    {
        var body = RunningService.Request().Replace("\"customerId\": null", customer is { } id ? $"\"customerId\": \"{id}\"" : "\"customerId\": null", StringComparison.Ordinal);
        var opened = await service.Shop.PostAsync("/v1/tickets", body);
        opened.Status.ShouldBe(201);
        (await service.Agent.PostAsync($"{opened.Location}/cancel", "{}")).Status.ShouldBe(200);
        return opened.Value<Guid>("id");
    }

    private async Task ShouldReadAsync(Guid ticket, bool readable)
    {
        var body = (await service.Agent.GetAsync($"/v1/tickets/{ticket}")).Body;
        if (readable) body.ShouldContain("王芳");
        else body.ShouldNotContain("王芳");
    }
}
