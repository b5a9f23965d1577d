using Microsoft.Extensions.Logging.Abstractions;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>Row K5: a person's data is made unreadable, and nothing comes in between.</summary>
public class ErasureTests(Desk desk) : IClassFixture<Desk>
{
    private static readonly Actor By = new(ActorKind.Staff, "administrator");

    [Fact]
    public async Task An_erased_customer_is_unreadable_in_every_ticket_which_then_says_so_in_its_history()
    {
        var customer = Guid.CreateVersion7();
        var (one, two) = (await Closed(customer), await Closed(customer));

        var erased = (await desk.First.Erasure.EraseCustomerAsync(customer, By, "DSR-1", "trace-9"))!;

        (erased.ErasedAt, erased.ClearedAt, erased.ClearedTickets).ShouldBe((desk.Time.Current, desk.Time.Current, 2));
        erased.Id.ShouldNotBe(customer);
        var told = (await desk.Store.ReadStreamAsync(SubjectErasure.StreamOf(erased.Id))).ShouldHaveSingleItem();
        EventSerializer.Data(told).ShouldBe(new SubjectErased(erased.Id, "DSR-1"));
        foreach (var ticket in new[] { one, two })
        {
            var view = (await desk.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!;
            (view.Erased, view.Description, view.Contact).ShouldBe((true, null, null));
            (view.Number, view.Product, view.Status).ShouldBe((ticket.Number, ticket.Product, TicketStatus.Closed));
            var events = await desk.Store.ReadStreamAsync(ticket.Id);
            EventSerializer.Data(events[^1]).ShouldBe(new PersonalDataErased(erased.Id));
            (events[^1].UserName, events[^1].CausationId, events[^1].CorrelationId).ShouldBe(("staff:administrator", told.Id.ToString(), "trace-9"));
            // Its past replays, without what was personal.
            for (var version = 1; version < events.Count; version++)
            {
                var past = (await desk.Reader.GetPastAsync(Desk.By(Desk.Agent), ticket.Number, version, null))!;
                (past.Erased, past.Description, past.Contact).ShouldBe((true, null, null));
            }
        }
    }

    [Fact]
    public async Task The_stored_state_of_an_erased_ticket_holds_no_sealed_text_and_no_fingerprint_of_a_body_is_left()
    {
        var ticket = (await desk.Post(Desk.Request(), request: Desk.Keyed(Desk.Shop, "erase-fingerprint"))).ShouldBeOfType<Answered>().Ticket;
        await desk.Done(ticket, "cancel", new Cancel(), Desk.Keyed(Desk.Agent, "erase-cancel"));
        (await desk.Scalar<string>("select doc from read.tickets where id = $1", ticket.Id)).ShouldContain("s1.");
        (await desk.Scalar<long>("select sum(octet_length(fingerprint)) from events.unique_keys where stream_id = $1", ticket.Id)).ShouldBe(2 * (RequestKey.AddressLength + RequestKey.BodyLength));

        await desk.First.Erasure.EraseAsync(ticket.Id, By, null, null);

        (await desk.Scalar<string>("select doc from read.tickets where id = $1", ticket.Id)).ShouldNotContain("s1.");
        (await desk.Scalar<long>("select sum(octet_length(fingerprint)) from events.unique_keys where stream_id = $1", ticket.Id)).ShouldBe(2 * RequestKey.AddressLength);
        (await desk.Scalar<long>("select count(*) from privacy.subject_keys where subject_id = $1 and wrapped_key is null", ticket.Id)).ShouldBe(1);
        // A repeat is still known for what it is.
        var repeat = (await desk.Post(Desk.Request(), request: Desk.Keyed(Desk.Shop, "erase-fingerprint"))).ShouldBeOfType<Answered>().Ticket;
        (repeat.Id, repeat.Erased, repeat.Description).ShouldBe((ticket.Id, true, null));
        // And another request under the same key for what it is, by its address.
        var other = Desk.Keyed(Desk.Shop, "erase-fingerprint");
        other = other with { Key = other.Key! with { Fingerprint = [.. Enumerable.Repeat((byte)1, RequestKey.AddressLength), .. other.Key.Fingerprint[RequestKey.AddressLength..]] } };
        (await Should.ThrowAsync<ProblemException>(() => desk.Post(Desk.Request(), request: other))).Problem.Type.ShouldBe(ProblemTypes.IdempotencyKeyReused);
    }

    [Fact]
    public async Task Fingerprints_go_too_where_a_node_took_the_request_whose_clock_is_behind_the_others()
    {
        var behind = new ManualTime(desk.Time.Current - TimeSpan.FromMinutes(45));
        var node = desk.StartNode(time: behind);
        var ticket = await desk.Opened();
        // Recorded at the time of the event before it; its key expires by the clock that is behind.
        (await node.Service.ActAsync(Desk.Keyed(Desk.Agent, "behind-cancel"), ticket.Id.ToString(), ActCatalog.Find("cancel")!, new Cancel())).ShouldBeOfType<Answered>();
        (await desk.Scalar<bool>("select max(e.timestamp) > max(u.taken_at) + interval '30 minutes' from events.mt_events e, events.unique_keys u where e.stream_id = $1 and u.stream_id = $1", ticket.Id)).ShouldBeTrue();

        await desk.First.Erasure.EraseAsync(ticket.Id, By, null, null);

        (await desk.Scalar<long>("select sum(octet_length(fingerprint)) from events.unique_keys where stream_id = $1", ticket.Id)).ShouldBe(RequestKey.AddressLength);
    }

    [Fact]
    public async Task However_many_tickets_a_subject_has_no_instant_of_others_keys_is_read_twice_and_none_is_changed()
    {
        var customer = Guid.CreateVersion7();
        var mine = new List<TicketView>();
        for (var i = 0; i < 6; i++)
        {
            var opened = (await desk.Post(Desk.Request() with { CustomerId = customer }, request: Desk.Keyed(Desk.Shop, $"many-{i}"))).ShouldBeOfType<Answered>().Ticket;
            mine.Add(opened);
            desk.Time.Advance(TimeSpan.FromMinutes(i == 3 ? 300 : 7));
            await desk.Done(opened, "cancel", new Cancel(), Desk.Keyed(Desk.Agent, $"many-cancel-{i}"));
        }
        var other = (await desk.Post(Desk.Request(), request: Desk.Keyed(Desk.Shop, "not-mine"))).ShouldBeOfType<Answered>().Ticket;

        var periods = await desk.First.Subjects.KeyPeriodsAsync([.. mine.Select(t => t.Id)], desk.Time.Current, RequestKeys.Lifetime);
        periods.Count.ShouldBe(2);
        periods[0].UpTo.ShouldBeLessThan(periods[1].After);
        KeyPeriod.Merged([periods[1], .. periods, new(periods[0].UpTo, periods[1].After)]).ShouldHaveSingleItem().ShouldBe(new KeyPeriod(periods[0].After, periods[1].UpTo));

        (await desk.First.Erasure.EraseCustomerAsync(customer, By, null, null))!.ClearedTickets.ShouldBe(6);

        (await desk.Scalar<long>("select sum(octet_length(fingerprint)) from events.unique_keys where stream_id = any($1)", mine.Select(t => t.Id).ToArray())).ShouldBe(12 * RequestKey.AddressLength);
        (await desk.Scalar<long>("select sum(octet_length(fingerprint)) from events.unique_keys where stream_id = $1", other.Id)).ShouldBe(RequestKey.AddressLength + RequestKey.BodyLength);
    }

    [Fact]
    public async Task What_keeps_a_subject_from_being_erased_is_looked_for_within_the_statement_that_asks()
    {
        (await desk.Plan($"select exists (select from privacy.erasure_obstacles('{Guid.CreateVersion7()}'))")).ShouldNotContain("Function Scan");
    }

    [Fact]
    public async Task An_erased_ticket_takes_nothing_that_has_a_text_and_stays_ended_while_its_clocks_go_on()
    {
        var ticket = await desk.Opened();
        await desk.Done(ticket, "acknowledge", new Acknowledge());
        await desk.Done(ticket, "resolve", new Resolve { Text = "done" });
        await desk.Done(ticket, "close", new Close());
        await desk.First.Erasure.EraseAsync(ticket.Id, By, null, null);

        Refusal(await desk.Act(ticket, "note", new AddNote { Text = "more" })).ShouldBe("subject-erased");
        Refusal(await desk.Act(ticket, "reopen", new Reopen { Reason = "again" })).ShouldBe("subject-erased");
        Refusal(await desk.Act(ticket, "reopen", new Reopen())).ShouldBe("subject-erased");
        (await desk.Done(ticket, "rate", new Rate { Score = 4 }, Desk.By(Desk.Shop))).Rating.ShouldBe(4);

        static string Refusal(TicketAnswer answer) => answer.ShouldBeOfType<Refused>().Refusal.Code;
    }

    [Fact]
    public async Task A_subject_with_an_open_ticket_or_one_under_legal_hold_is_not_erased_and_nothing_is_lost()
    {
        var customer = Guid.CreateVersion7();
        var closed = await Closed(customer);
        var open = (await desk.Post(Desk.Request() with { CustomerId = customer })).ShouldBeOfType<Answered>().Ticket;
        var refused = await Should.ThrowAsync<ProblemException>(() => desk.First.Erasure.EraseCustomerAsync(customer, By, null, null));
        (refused.Problem.Type.Code, refused.Problem.Detail!.Contains(open.Number, StringComparison.Ordinal)).ShouldBe(("tickets-open", true));

        await desk.Done(open, "cancel", new Cancel());
        await desk.Done(closed, "place-legal-hold", new PlaceLegalHold { Reason = "a claim" }, Desk.By(Desk.Agent with { Role = Domain.Staff.StaffRole.Supervisor }));
        (await Should.ThrowAsync<ProblemException>(() => desk.First.Erasure.EraseCustomerAsync(customer, By, null, null))).Problem.Type.Code.ShouldBe("on-legal-hold");

        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), closed.Number))!.Description.ShouldNotBeNull();
        (await desk.Store.ReadStreamAsync(SubjectErasure.StreamOf(await desk.SubjectOf(customer)))).ShouldBeEmpty();
        await desk.Done(closed, "lift-legal-hold", new LiftLegalHold { Reason = "settled" }, Desk.By(Desk.Agent with { Role = Domain.Staff.StaffRole.Supervisor }));
        (await desk.First.Erasure.EraseCustomerAsync(customer, By, null, null))!.ClearedTickets.ShouldBe(2);
    }

    [Fact]
    public async Task Of_many_erasures_at_once_on_two_nodes_one_destroys_the_key_and_all_answer_the_same()
    {
        var customer = Guid.CreateVersion7();
        var tickets = new List<TicketView>();
        for (var i = 0; i < 5; i++) tickets.Add(await Closed(customer));
        var (one, two) = (desk.StartNode(), desk.StartNode());

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? one : two).Erasure.EraseCustomerAsync(customer, By, null, null))));

        answers.ShouldAllBe(a => a!.ErasedAt == desk.Time.Current && a.ClearedTickets == 5);
        (await desk.Store.ReadStreamAsync(SubjectErasure.StreamOf(answers[0]!.Id))).Count.ShouldBe(1);
        foreach (var ticket in tickets) (await desk.Store.ReadStreamAsync(ticket.Id)).Count(e => e.Type == "personal_data_erased").ShouldBe(1);
    }

    [Fact]
    public async Task A_crash_between_the_keys_destruction_and_the_tickets_is_finished_by_the_worker_of_another_node()
    {
        var customer = Guid.CreateVersion7();
        var (one, two) = (await Closed(customer), await Closed(customer));
        var node = desk.StartNode();
        // The second append, that of the first ticket, is never made.
        var crashing = new MeddlingStore(node.Store) { Before = (number, _) => number == 2 ? throw new StoreUnavailableException("the process is gone") : Task.CompletedTask };
        await Should.ThrowAsync<StoreUnavailableException>(() => new SubjectErasure(crashing, node.Subjects, node.Keys, desk.Rules, desk.Time).EraseCustomerAsync(customer, By, null, null));
        var between = (await desk.First.Subjects.OfCustomerAsync(customer)).Single();
        (between.ErasedAt, between.ClearedAt).ShouldBe((desk.Time.Current, null));
        // Already now nobody reads anything, whatever a node still has in memory, but for the moment that the news takes.
        (await desk.StartNode().Reader.GetAsync(Desk.By(Desk.Agent), one.Number))!.Description.ShouldBeNull();

        var other = desk.StartNode();
        await using var worker = new ErasureWorker(other.Subjects, other.Erasure, desk.Time, NullLogger<ErasureWorker>.Instance);
        await worker.RunDueAsync();

        (await desk.First.Subjects.OfCustomerAsync(customer)).Single().ClearedTickets.ShouldBe(2);
        foreach (var ticket in new[] { one, two }) (await desk.Store.ReadStreamAsync(ticket.Id))[^1].Type.ShouldBe("personal_data_erased");
        await worker.RunDueAsync();
        (await desk.Store.ReadStreamAsync(one.Id)).Count(e => e.Type == "personal_data_erased").ShouldBe(1);
    }

    [Fact]
    public async Task A_customer_who_comes_back_is_a_new_subject_on_every_node_and_can_be_erased_again()
    {
        var customer = Guid.CreateVersion7();
        var old = await Closed(customer);
        var other = desk.StartNode();
        await other.Keys.GetOrCreateAsync(customer);
        await desk.First.Erasure.EraseCustomerAsync(customer, By, null, null);

        var message = Desk.Request() with { CustomerId = customer, Description = "我又来了" };
        var back = (await other.Service.OpenAsync(Desk.By(Desk.Shop), message, new OpeningChannel(Desk.Shop.Name, Desk.Shop.Medium!.Value))).ShouldBeOfType<Answered>().Ticket;
        var again = (await desk.Post(message)).ShouldBeOfType<Answered>().Ticket;

        (back.CustomerId, back.Erased, back.Description).ShouldBe((customer, false, "我又来了"));
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), back.Number))!.Description.ShouldBe("我又来了");
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), old.Number))!.Erased.ShouldBeTrue();
        var subjects = new[] { await SubjectOf(back), await SubjectOf(again) };
        subjects.Distinct().ShouldHaveSingleItem().ShouldNotBe(customer);

        foreach (var ticket in new[] { back, again }) await desk.Done(ticket, "cancel", new Cancel());
        // By the customer's own id: the subject that lives.
        var erased = (await desk.First.Erasure.EraseCustomerAsync(customer, By, null, null))!;
        (erased.Id, erased.CustomerId, erased.ClearedTickets).ShouldBe((subjects[0], customer, 2));
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), back.Number))!.Erased.ShouldBeTrue();

        async Task<Guid> SubjectOf(TicketView ticket) => (await new TicketQuery(desk.Database.Pooled).ByIdAsync(ticket.Id))!.SubjectId;
    }

    [Fact]
    public async Task An_erasure_sent_again_by_its_reference_does_not_destroy_the_customer_who_came_back()
    {
        var customer = Guid.CreateVersion7();
        await Closed(customer);
        var erased = (await desk.First.Erasure.EraseCustomerAsync(customer, By, "DSR-7", null))!;
        var back = await Closed(customer);

        var again = (await desk.First.Erasure.EraseCustomerAsync(customer, By, "DSR-7", null))!;

        (again.Id, again.ErasedAt).ShouldBe((erased.Id, erased.ErasedAt));
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), back.Number))!.Description.ShouldNotBeNull();
        var next = (await desk.First.Erasure.EraseCustomerAsync(customer, By, "DSR-8", null))!;
        next.Id.ShouldNotBe(erased.Id);
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), back.Number))!.Description.ShouldBeNull();
        (await desk.First.Subjects.OfCustomerAsync(customer)).Select(s => s.Id).ToHashSet().ShouldBe([erased.Id, next.Id], ignoreOrder: true);
    }

    [Fact]
    public async Task A_customer_id_that_is_another_tickets_id_reaches_neither_that_ticket_nor_its_key()
    {
        var victim = await Closed(null);
        await desk.First.Keys.GetAsync(victim.Id);
        var other = await Closed(victim.Id);
        (await desk.SubjectOf(victim.Id)).ShouldNotBe(victim.Id);

        // The ticket's erasure takes the ticket alone.
        (await desk.First.Erasure.EraseAsync(victim.Id, By, null, null))!.CustomerId.ShouldBeNull();
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), victim.Number))!.Description.ShouldBeNull();
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), other.Number))!.Description.ShouldNotBeNull();

        var (spared, meant) = (await Closed(null), Guid.Empty);
        var its = await Closed(spared.Id);
        // And the customer's the customer's alone.
        meant = (await desk.First.Erasure.EraseCustomerAsync(spared.Id, By, null, null))!.Id;
        meant.ShouldNotBe(spared.Id);
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), its.Number))!.Description.ShouldBeNull();
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), spared.Number))!.Description.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_customer_id_of_all_zeros_is_refused_by_name() =>
        (await desk.Post(Desk.Request() with { CustomerId = Guid.Empty })).ShouldBeOfType<Invalid>().Errors.ShouldHaveSingleItem().Field.ShouldBe("customerId");

    [Fact]
    public async Task A_legal_hold_on_an_archived_ticket_whose_customer_is_erased_at_that_moment_is_refused_and_no_failure()
    {
        var ticket = await Closed(null);
        await desk.Execute("update events.mt_streams set is_archived = true where id = $1", ticket.Id);
        await desk.Execute("update events.mt_events set is_archived = true where stream_id = $1", ticket.Id);
        var node = desk.StartNode();
        await node.Keys.GetAsync(ticket.Id);
        var service = new TicketService(new MeddlingStore(node.Store)
        {
            BeforeRestore = () => desk.First.Erasure.EraseAsync(ticket.Id, By, null, null),
        }, node.Reader, node.Keys, node.Numbers, desk.Rules, desk.Time);

        (await service.ActAsync(Desk.By(Desk.Agent with { Role = Domain.Staff.StaffRole.Supervisor }), ticket.Number, ActCatalog.Find("place-legal-hold")!, new PlaceLegalHold { Reason = "a claim" }))
            .ShouldBeOfType<Refused>().Refusal.Code.ShouldBe("subject-erased");
    }

    [Fact]
    public async Task What_is_left_of_an_erased_customer_can_be_put_under_legal_hold_without_a_reason_also_in_the_archive()
    {
        var supervisor = Desk.By(Desk.Agent with { Role = Domain.Staff.StaffRole.Supervisor });
        var (ticket, archived) = (await Closed(null), await Closed(null));
        await desk.Execute("update events.mt_streams set is_archived = true where id = $1", archived.Id);
        await desk.Execute("update events.mt_events set is_archived = true where stream_id = $1", archived.Id);
        foreach (var id in new[] { ticket.Id, archived.Id }) await desk.First.Erasure.EraseAsync(id, By, null, null);

        foreach (var erased in new[] { ticket, archived })
        {
            (await desk.Act(erased, "place-legal-hold", new PlaceLegalHold { Reason = "about Wang Fang" }, supervisor)).ShouldBeOfType<Refused>().Refusal.Code.ShouldBe("subject-erased");
            (await desk.Done(erased, "place-legal-hold", new PlaceLegalHold(), supervisor)).LegalHold.ShouldNotBeNull();
            EventSerializer.Data((await desk.Store.ReadStreamAsync(erased.Id))[^1]).ShouldBe(new LegalHoldPlaced(null));
            (await desk.First.History.PageAsync(supervisor, erased.Number, null, 100))!.Items[^1].Data["reason"].ShouldBeNull();
            (await desk.Done(erased, "lift-legal-hold", new LiftLegalHold(), supervisor)).LegalHold.ShouldBeNull();
        }
        var living = await Closed(null);
        (await desk.Act(living, "place-legal-hold", new PlaceLegalHold(), supervisor)).ShouldBeOfType<Refused>().Refusal.Code.ShouldBe("legal-hold-needs-a-reason");
    }

    [Fact]
    public async Task Openings_that_race_with_an_erasure_are_there_before_it_and_refuse_it_or_come_after_it_and_can_be_read()
    {
        for (var round = 0; round < 12; round++)
        {
            var customer = Guid.CreateVersion7();
            await Closed(customer);
            var (opening, erasing) = (desk.StartNode(), desk.StartNode());
            var first = (await opening.Keys.GetOrCreateAsync(customer)).Subject;
            var message = Desk.Request() with { CustomerId = customer };
            var open = Task.Run(() => opening.Service.OpenAsync(Desk.By(Desk.Shop), message, new OpeningChannel(Desk.Shop.Name, Desk.Shop.Medium!.Value)));
            var erase = Task.Run(async () =>
            {
                try { return await erasing.Erasure.EraseCustomerAsync(customer, By, null, null) is not null; }
                catch (ProblemException refused) when (refused.Problem.Type.Code == "tickets-open") { return false; }
            });
            var ticket = (await open).ShouldBeOfType<Answered>().Ticket;
            var erased = await erase;

            var read = (await desk.StartNode().Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!;
            (read.Erased, read.Description).ShouldBe((false, message.Description), $"round {round}");
            var subject = (await new TicketQuery(desk.Database.Pooled).ByIdAsync(ticket.Id))!.SubjectId;
            (subject == first).ShouldBe(!erased);
        }
    }

    [Fact]
    public async Task An_act_on_an_ended_ticket_that_a_node_decides_with_a_key_it_still_has_is_refused_once_the_key_is_gone()
    {
        var ticket = await Closed(null);
        var node = desk.StartNode();
        await node.Keys.GetAsync(ticket.Id);
        var service = new TicketService(new MeddlingStore(node.Store)
        {
            // Between its decision and its append the subject is erased elsewhere, though the ticket is not told yet.
            Before = async (number, _) =>
            {
                if (number != 1) return;
                var crashing = new MeddlingStore(desk.Store) { Before = (n, _) => n == 2 ? throw new StoreUnavailableException("gone") : Task.CompletedTask };
                await Should.ThrowAsync<StoreUnavailableException>(() => new SubjectErasure(crashing, desk.First.Subjects, desk.First.Keys, desk.Rules, desk.Time).EraseAsync(ticket.Id, By, null, null));
            },
        }, node.Reader, node.Keys, node.Numbers, desk.Rules, desk.Time);

        (await service.ActAsync(Desk.By(Desk.Agent), ticket.Number, ActCatalog.Find("note")!, new AddNote { Text = "too late" })).ShouldBeOfType<Refused>().Refusal.Code.ShouldBe("subject-erased");

        (await desk.Store.ReadStreamAsync(ticket.Id)).ShouldNotContain(e => e.Type == "note_added");
    }

    [Fact]
    public async Task An_erasure_is_heard_on_other_nodes_at_once_and_what_was_missed_is_made_up_for()
    {
        var ticket = await Closed(null);
        var node = desk.StartNode();
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var news = new PrivacyNews(node.Database, node.Keys, node.Register, desk.Time, NullLogger<PrivacyNews>.Instance)
        {
            Heard = what => { if (what == $"subject {ticket.Id}") heard.SetResult(); },
        };
        var missed = await Closed(null);
        await node.Keys.GetAsync(missed.Id);
        await desk.First.Erasure.EraseAsync(missed.Id, By, null, null);
        (await node.Keys.GetAsync(missed.Id)).IsErased.ShouldBeFalse("nobody listens yet");

        news.Start();
        await news.Listening;
        (await node.Keys.GetAsync(missed.Id)).IsErased.ShouldBeTrue();

        (await node.Keys.GetAsync(ticket.Id)).IsErased.ShouldBeFalse();
        await desk.First.Erasure.EraseAsync(ticket.Id, By, null, null);
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        (await node.Keys.GetAsync(ticket.Id)).IsErased.ShouldBeTrue();
    }

    [Fact]
    public void A_key_that_was_read_before_an_erasure_does_not_come_back_into_memory_after_it()
    {
        var cache = new KeyCache(3, TimeSpan.FromMinutes(1), desk.Time);
        var key = new SubjectKey(Guid.CreateVersion7(), new byte[32]);
        var mark = cache.Mark();
        cache.Remove(key.Subject);
        cache.Put(key, mark);
        cache.Find(key.Subject).ShouldBeNull();
        cache.Put(key, cache.Mark());
        cache.Find(key.Subject).ShouldBe(key);
        cache.Clear();
        cache.Find(key.Subject).ShouldBeNull();
    }

    private async Task<TicketView> Closed(Guid? customer)
    {
        var ticket = (await desk.Post(Desk.Request() with { CustomerId = customer })).ShouldBeOfType<Answered>().Ticket;
        await desk.Done(ticket, "acknowledge", new Acknowledge { Text = "已收到" });
        await desk.Done(ticket, "resolve", new Resolve { Text = "已更换电源板" });
        return await desk.Done(ticket, "close", new Close { Reason = "回访完成" });
    }
}
