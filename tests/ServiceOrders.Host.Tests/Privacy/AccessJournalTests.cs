using Microsoft.Extensions.Logging.Abstractions;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>Row K5: what is shown is taken down, whatever the store does, and what cannot be taken down is not shown.</summary>
public class AccessJournalTests(Desk desk) : IClassFixture<Desk>
{
    private static readonly Guid Customer = Guid.CreateVersion7();

    [Fact]
    public async Task What_many_answers_showed_becomes_one_event_that_tells_each_of_them()
    {
        await using var journal = JournalOn(desk.Store);
        var (one, two) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        journal.Record(Desk.Agent, "GET one", new Showing(one, one, PersonalData.Contact | PersonalData.Description));
        journal.Record(Desk.Shop, "GET list", new Showing(one, one, PersonalData.Contact), new Showing(two, Customer, PersonalData.Contact), new Showing(two, Customer, PersonalData.Texts));

        await journal.FlushAsync();

        var stored = (await Written(one)).ShouldHaveSingleItem();
        stored.Type.ShouldBe("personal_data_read");
        stored.UserName.ShouldBe("system:access-log");
        var told = ((PersonalDataRead)EventSerializer.Data(stored)!).Accesses;
        told.Select(a => (a.By.Id, a.Route, string.Join(' ', a.Kinds), a.Shown.Count)).ShouldBe(
            [("li", "GET one", "contact description", 1), ("wechat-shop", "GET list", "contact", 2), ("wechat-shop", "GET list", "texts", 1)]);
        told[0].Shown.ShouldHaveSingleItem().ShouldBe(new ShownTicket(one, null));
        told[2].Shown.ShouldHaveSingleItem().ShouldBe(new ShownTicket(two, Customer));
    }

    [Fact]
    public async Task What_a_caller_is_shown_again_within_the_minute_is_told_once_and_in_the_next_minute_again()
    {
        await using var journal = JournalOn(desk.Store);
        var (one, two) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        desk.Time.Advance(TimeSpan.FromTicks(TimeSpan.TicksPerMinute - desk.Time.Current.UtcTicks % TimeSpan.TicksPerMinute));
        var minute = desk.Time.Current;
        for (var i = 0; i < 3; i++)
        {
            journal.Record(Desk.Agent, "GET list", new Showing(one, one, PersonalData.Contact), new Showing(two, two, PersonalData.Contact));
            journal.Record(Desk.Shop, "GET list", new Showing(one, one, PersonalData.Contact));
            await journal.FlushAsync();
            desk.Time.Advance(TimeSpan.FromSeconds(15));
        }
        journal.Record(Desk.Agent, "GET list", new Showing(one, one, PersonalData.Contact | PersonalData.Texts));
        desk.Time.Advance(TimeSpan.FromSeconds(15));
        journal.Record(Desk.Agent, "GET list", new Showing(one, one, PersonalData.Contact));

        await journal.FlushAsync();

        var told = (await Written(one)).SelectMany(e => ((PersonalDataRead)EventSerializer.Data(e)!).Accesses);
        told.Select(a => (a.By.Id, a.Shown.Count, string.Join(' ', a.Kinds), a.At - minute)).ShouldBe(
        [
            ("li", 2, "contact", TimeSpan.Zero), ("wechat-shop", 1, "contact", TimeSpan.Zero), ("li", 1, "contact texts", TimeSpan.FromSeconds(45)), ("li", 1, "contact", TimeSpan.FromMinutes(1)),
        ]);
    }

    [Fact]
    public async Task What_shows_nothing_is_not_taken_down()
    {
        await using var journal = JournalOn(desk.Store);
        var ticket = Guid.CreateVersion7();
        journal.Record(Desk.Agent, "GET", new Showing(ticket, ticket, PersonalData.None));
        await journal.FlushAsync();
        (await Written(ticket)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_append_whose_outcome_stayed_unknown_is_neither_lost_nor_written_twice()
    {
        var lose = true;
        var store = new MeddlingStore(desk.Store) { After = _ => { if (lose) throw new OutcomeUnknownException("lost"); } };
        await using var journal = JournalOn(store);
        var ticket = Guid.CreateVersion7();
        journal.Record(Desk.Agent, "GET first", new Showing(ticket, ticket, PersonalData.Texts));
        await Should.ThrowAsync<OutcomeUnknownException>(() => journal.FlushAsync());
        // More comes in meanwhile: it must not get mixed up with what may be stored already.
        journal.Record(Desk.Agent, "GET second", new Showing(ticket, ticket, PersonalData.Texts));
        lose = false;

        await journal.FlushAsync();

        Routes(await Written(ticket)).ShouldBe(["GET first", "GET second"]);
    }

    [Fact]
    public async Task While_the_store_takes_nothing_accesses_wait_in_order_and_past_the_bound_answers_are_refused()
    {
        var away = true;
        var store = new MeddlingStore(desk.Store) { Before = (_, _) => away ? throw new StoreUnavailableException("away") : Task.CompletedTask };
        await using var journal = JournalOn(store);
        var ticket = Guid.CreateVersion7();
        journal.Record(Desk.Agent, "GET first", new Showing(ticket, ticket, PersonalData.Texts));
        await Should.ThrowAsync<StoreUnavailableException>(() => journal.FlushAsync());
        var many = Many(AccessJournal.Capacity - 1);
        journal.Record(Desk.Agent, "GET many", many);

        Should.Throw<StoreBusyException>(() => journal.Record(Desk.Agent, "GET refused", new Showing(ticket, ticket, PersonalData.Texts)));

        away = false;
        await journal.FlushAsync();
        journal.Record(Desk.Agent, "GET last", new Showing(ticket, ticket, PersonalData.Texts));
        await journal.FlushAsync();
        Routes(await Written(ticket)).ShouldBe(["GET first", "GET last"]);
    }

    [Fact]
    public async Task A_reader_whose_answer_cannot_be_taken_down_gets_none()
    {
        var ticket = await desk.Opened();
        var node = desk.StartNode();
        node.Journal.Record(Desk.Agent, "GET", Many(AccessJournal.Capacity));

        await Should.ThrowAsync<StoreBusyException>(() => node.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number));
        await Should.ThrowAsync<StoreBusyException>(() => node.History.PageAsync(Desk.By(Desk.Agent), ticket.Number, null, 10));

        // Whoever gets it masked sees nothing that would have to be taken down.
        (await node.Reader.GetAsync(Desk.By(Desk.Auditor), ticket.Number)).ShouldNotBeNull();
    }

    [Fact]
    public async Task What_waits_when_the_process_stops_is_written()
    {
        var ticket = Guid.CreateVersion7();
        await using (var journal = JournalOn(desk.Store))
        {
            journal.Start();
            journal.Record(Desk.Agent, "GET last", new Showing(ticket, ticket, PersonalData.Texts));
        }
        Routes(await Written(ticket)).ShouldBe(["GET last"]);
    }

    [Fact]
    public async Task Every_day_has_a_stream_of_its_own_on_every_node()
    {
        await using var journal = JournalOn(desk.Store);
        await using var other = JournalOn(desk.Store);
        var ticket = Guid.CreateVersion7();
        foreach (var (writer, route) in new[] { (journal, "GET 1"), (other, "GET 1"), (journal, "GET 2") })
        {
            writer.Record(Desk.Agent, route, new Showing(ticket, ticket, PersonalData.Texts));
            await writer.FlushAsync();
        }
        desk.Time.Advance(TimeSpan.FromDays(1));
        journal.Record(Desk.Agent, "GET", new Showing(ticket, ticket, PersonalData.Texts));
        await journal.FlushAsync();

        (await Written(ticket)).GroupBy(e => e.StreamId).Select(s => s.Count()).Order().ShouldBe([1, 1, 2]);
        desk.Time.Advance(TimeSpan.FromDays(-1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_clock_that_steps_back_over_midnight_before_what_waits_is_written_loses_and_stops_nothing(int days)
    {
        await using var journal = JournalOn(desk.Store);
        var ticket = Guid.CreateVersion7();
        async Task Shows(string route)
        {
            journal.Record(Desk.Agent, route, new Showing(ticket, ticket, PersonalData.Texts));
            await journal.FlushAsync();
        }
        await Shows("GET 1");
        desk.Time.Advance(TimeSpan.FromDays(days));
        await Shows("GET 2");
        journal.Record(Desk.Agent, "GET 3", new Showing(ticket, ticket, PersonalData.Texts));
        desk.Time.Advance(TimeSpan.FromDays(-days));
        await journal.FlushAsync();
        await Shows("GET 4");
        desk.Time.Advance(TimeSpan.FromDays(days));
        await Shows("GET 5");
        desk.Time.Advance(TimeSpan.FromDays(-days));

        Routes(await Written(ticket)).ShouldBe(["GET 1", "GET 2", "GET 3", "GET 4", "GET 5"]);
        journal.Trouble.ShouldBeNull();
    }

    [Fact]
    public async Task What_a_stream_does_not_take_goes_to_a_new_one_and_what_others_wrote_there_is_not_taken_for_it()
    {
        // Just as many events as are to be written come into the stream from elsewhere.
        var store = new MeddlingStore(desk.Store)
        {
            Before = async (number, append) =>
            {
                if (number != 2) return;
                var other = append with { Events = [.. append.Events.Select(e => e with { Id = Guid.CreateVersion7(), Data = """{"accesses":[]}""" })] };
                (await desk.Store.AppendAsync(other)).ShouldBeOfType<Appended>();
            },
        };
        await using var journal = JournalOn(store);
        var ticket = Guid.CreateVersion7();
        foreach (var route in new[] { "GET 1", "GET 2", "GET 3" })
        {
            journal.Record(Desk.Agent, route, new Showing(ticket, ticket, PersonalData.Texts));
            await journal.FlushAsync();
        }

        var written = await Written(ticket);
        Routes(written).ShouldBe(["GET 1", "GET 2", "GET 3"]);
        written.Select(e => e.StreamId).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_journal_that_cannot_write_says_so_until_it_can()
    {
        var away = true;
        var store = new MeddlingStore(desk.Store) { Before = (_, _) => away ? throw new StoreUnavailableException("away") : Task.CompletedTask };
        await using var journal = JournalOn(store);
        var ticket = Guid.CreateVersion7();
        journal.Record(Desk.Agent, "GET", new Showing(ticket, ticket, PersonalData.Texts));
        await Should.ThrowAsync<StoreUnavailableException>(() => journal.FlushAsync());
        journal.Trouble.ShouldBe(nameof(StoreUnavailableException));
        away = false;
        await journal.FlushAsync();
        journal.Trouble.ShouldBeNull();
    }

    [Fact]
    public async Task A_repeated_answer_is_an_access_and_the_first_one_is_not()
    {
        var node = desk.StartNode();
        var request = Desk.Keyed(Desk.Shop, "access-repeat") with { Route = "POST tickets" };
        var ticket = (await node.Service.OpenAsync(request, Desk.Request(), new OpeningChannel(Desk.Shop.Name, Desk.Shop.Medium!.Value))).ShouldBeOfType<Answered>().Ticket;
        await node.Service.ActAsync(Desk.By(Desk.Agent) with { Route = "POST note" }, ticket.Number, ActCatalog.Find("note")!, new AddNote { Text = "seen" });
        await node.Journal.FlushAsync();
        (await Written(ticket.Id)).ShouldBeEmpty();

        (await node.Service.OpenAsync(request, Desk.Request(), new OpeningChannel(Desk.Shop.Name, Desk.Shop.Medium!.Value))).ShouldBeOfType<Answered>().Ticket.Id.ShouldBe(ticket.Id);

        await node.Journal.FlushAsync();
        Routes(await Written(ticket.Id)).ShouldBe(["POST tickets"]);
    }

    private static IEnumerable<Showing> Many(int tickets) => Enumerable.Range(0, tickets).Select(_ => new Showing(Guid.CreateVersion7(), Customer, PersonalData.Contact));

    private AccessJournal JournalOn(IEventStore store) => new(store, desk.Time, NullLogger<AccessJournal>.Instance);

    private static string[] Routes(IReadOnlyList<StoredEvent> events) =>
        [.. events.SelectMany(e => ((PersonalDataRead)EventSerializer.Data(e)!).Accesses).Where(a => a.Route != "GET many").Select(a => a.Route)];

    /// <summary>The events that tell of a ticket.</summary>
    private async Task<IReadOnlyList<StoredEvent>> Written(Guid ticket) =>
        [.. (await desk.Store.ReadAllAsync(0, 100_000)).Where(e => e.Type == "personal_data_read" && e.Data.Contains(ticket.ToString(), StringComparison.Ordinal))];
}
