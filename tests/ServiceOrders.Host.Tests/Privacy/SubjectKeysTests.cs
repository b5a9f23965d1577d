using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;

namespace ServiceOrders.Host.Tests.Privacy;

public class SubjectKeysTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task Two_nodes_that_meet_a_new_customer_at_once_seal_with_the_same_key()
    {
        var (one, two) = (desk.StartNode(), desk.StartNode());
        for (var round = 0; round < 20; round++)
        {
            var customer = Guid.CreateVersion7();
            var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => await (i % 2 == 0 ? one : two).Keys.GetOrCreateAsync(customer))));
            foreach (var key in keys) keys[0].TryUnseal(key.Seal("same")).ShouldBe("same");
        }
    }

    [Fact]
    public async Task First_tickets_of_one_customer_that_race_can_all_be_read()
    {
        var message = Desk.Request() with { CustomerId = Guid.CreateVersion7() };
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => desk.Post(message)));
        foreach (var ticket in answers.Select(a => a.ShouldBeOfType<Answered>().Ticket))
        {
            var read = await desk.StartNode().Reader.GetAsync(Desk.By(Desk.Agent), ticket.Id.ToString());
            read!.Description.ShouldBe(message.Description);
        }
        (await desk.Scalar<long>("select count(*) from privacy.subject_keys where customer_id = $1", message.CustomerId!.Value)).ShouldBe(1);
    }

    [Fact]
    public async Task Keys_are_stored_wrapped_only()
    {
        var ticket = await desk.Opened();
        var stored = await desk.Scalar<byte[]>("select wrapped_key from privacy.subject_keys where subject_id = $1", ticket.Id);
        stored.Length.ShouldBe(12 + 32 + 16);
        desk.Master.Unwrap(ticket.Id, stored).Length.ShouldBe(32);
    }

    [Fact]
    public async Task An_erasure_on_one_node_is_known_on_another_within_the_cache_lifetime()
    {
        var (erasing, reading) = (desk.StartNode(), desk.StartNode());
        var ticket = await desk.Opened();
        (await reading.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!.Erased.ShouldBeFalse();
        await desk.Erase(ticket.Id);
        erasing.Keys.Forget(ticket.Id);
        (await erasing.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!.Erased.ShouldBeTrue();
        desk.Time.Advance(SubjectKeys.CacheLifetime);
        (await reading.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!.Erased.ShouldBeTrue();
    }

    [Fact]
    public async Task A_request_that_is_refused_leaves_no_key_of_its_customer()
    {
        var customer = Guid.CreateVersion7();
        (await desk.Post(Desk.Request() with { CustomerId = customer, Tier = CustomerTier.High })).ShouldBeOfType<Refused>().Refusal.Code.ShouldBe("tier-set-by-staff");
        (await desk.First.Keys.IsKnownAsync(customer)).ShouldBeFalse();
        (await desk.Post(Desk.Request() with { CustomerId = customer })).ShouldBeOfType<Answered>();
        (await desk.First.Keys.IsKnownAsync(customer)).ShouldBeTrue();
    }

    [Fact]
    public async Task After_an_erasure_the_ticket_is_there_and_the_person_is_not()
    {
        var ticket = await desk.Done(await desk.Opened(), "note", new AddNote { Text = "asked for her father" });
        await desk.Erase(ticket.Id);
        var node = desk.StartNode();
        var view = (await node.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!;
        (view.Erased, view.Description, view.Contact).ShouldBe((true, null, null));
        (view.Number, view.Status, view.Product).ShouldBe((ticket.Number, ticket.Status, ticket.Product));
        var history = (await node.History.PageAsync(Desk.By(Desk.Agent), ticket.Number, null, 100))!;
        var opened = history.Items[0].Data;
        ((bool)opened["erased"]!, opened["description"], opened["contact"]).ShouldBe((true, null, null));
        var refused = (await node.Service.ActAsync(Desk.By(Desk.Agent), ticket.Number, ActCatalog.Find("note")!, new AddNote { Text = "more" })).ShouldBeOfType<Refused>();
        refused.Refusal.Code.ShouldBe("subject-erased");
    }

    [Fact]
    public async Task A_node_with_another_master_key_does_not_start()
    {
        await desk.First.Register.StartAsync();
        var stranger = desk.StartNode(new MasterKeys(new MasterKey(new byte[32])));
        await Should.ThrowAsync<InvalidOperationException>(() => stranger.Register.StartAsync());
    }

    [Fact]
    public void The_cache_keeps_what_was_used_last_and_no_more_than_its_bound()
    {
        var cache = new KeyCache(3, TimeSpan.FromMinutes(1), desk.Time);
        var keys = Enumerable.Range(0, 4).Select(_ => new SubjectKey(Guid.NewGuid(), new byte[32])).ToArray();
        foreach (var key in keys[..3]) cache.Put(key, 0);
        cache.Find(keys[0].Subject).ShouldBe(keys[0]);
        cache.Put(keys[3], 0);
        cache.Count.ShouldBe(3);
        cache.Find(keys[1].Subject).ShouldBeNull();
        cache.Find(keys[0].Subject).ShouldBe(keys[0]);
        desk.Time.Advance(TimeSpan.FromMinutes(1));
        cache.Find(keys[0].Subject).ShouldBeNull();
    }
}
