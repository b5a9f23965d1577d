using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Tests.Given;
using ServiceOrders.ReadModels.Tickets;
using static ServiceOrders.ReadModels.Tests.Given.Tickets;

namespace ServiceOrders.ReadModels.Tests.Tickets;

public class QueueTests(Board board) : IClassFixture<Board>
{
    [Fact]
    public async Task A_state_that_was_appended_is_read_by_id_and_by_number()
    {
        var ticket = await board.Put(Full() with { Number = "SO-100" });
        (await board.One.ByIdAsync(ticket.Id)).ShouldBeTheSameAs(ticket);
        (await board.One.ByNumberAsync("SO-100")).ShouldBeTheSameAs(ticket);
        (await board.One.IdOfNumberAsync("SO-100")).ShouldBe(ticket.Id);
        (await board.One.ByNumberAsync("SO-101")).ShouldBeNull();
        (await board.One.ByIdAsync(Guid.NewGuid())).ShouldBeNull();
    }

    [Fact]
    public async Task A_refused_append_leaves_the_rows_as_they_were()
    {
        var ticket = await board.Put(New() with { Number = "SO-200" });
        (await board.AppendAsync(ticket with { Version = 2, Team = "wrong" }, 7)).ShouldBeOfType<StaleVersion>();
        (await board.AppendAsync(New() with { Number = "SO-201", Version = 5 }, 4)).ShouldBeOfType<StaleVersion>();
        (await board.One.ByIdAsync(ticket.Id)).ShouldBeTheSameAs(ticket);
        (await board.One.ByNumberAsync("SO-201")).ShouldBeNull();
        (await board.AppendAsync(ticket with { Version = 2, ActVersion = 2, Team = "right" }, 1)).ShouldBeOfType<Appended>();
        (await board.One.ByIdAsync(ticket.Id))!.Team.ShouldBe("right");
        (await Numbers(new QueueFilter { Team = ["right"] })).ShouldBe(["SO-200"]);
    }

    [Fact]
    public async Task Each_filter_keeps_its_tickets_and_no_others()
    {
        await board.Put(New() with
        {
            Number = "SO-301", Region = "F1", Status = TicketStatus.InProgress, Kind = TicketKind.Complaint, Urgency = Urgency.Important, Complexity = Complexity.Complex, Tier = CustomerTier.High,
            Medium = Medium.Email, Team = "t1", Assignee = "a1", ExternalReference = "r1", Product = new ProductInfo("m", "s1"), Channel = "c1",
            Milestones = [Running("acknowledge", Noon.AddHours(1)) with { State = MilestoneState.Breached, BreachedAt = Noon.AddHours(1) }, Running("resolution", Noon.AddHours(5))],
        });
        await board.Put(New() with { Number = "SO-302", Region = "F1", OpenedAt = Noon.AddDays(-1) });
        var both = new QueueFilter { Region = ["F1"] };
        (await Numbers(both)).Order().ShouldBe(["SO-301", "SO-302"]);
        foreach (var filter in new[]
        {
            both with { Status = [TicketStatus.InProgress] }, both with { Kind = [TicketKind.Complaint] }, both with { Urgency = [Urgency.Important] }, both with { Complexity = [Complexity.Complex] },
            both with { Tier = [CustomerTier.High] }, both with { Medium = [Medium.Email] }, both with { Team = ["t1"] }, both with { Assignee = ["a1"] }, both with { ExternalReference = ["r1"] },
            both with { SerialNumber = ["s1"] }, both with { Channel = ["c1"] }, both with { Breached = true }, both with { OpenedFrom = Noon },
            both with { Status = [TicketStatus.InProgress, TicketStatus.Closed], Breached = true },
        })
        {
            (await Numbers(filter)).ShouldBe(["SO-301"], filter.ToString());
        }
        foreach (var filter in new[] { both with { Breached = false }, both with { OpenedTo = Noon }, both with { DueBefore = Noon.AddHours(3) } })
        {
            (await Numbers(filter)).ShouldBe(["SO-302"], filter.ToString());
        }
        (await Numbers(both with { DueBefore = Noon.AddHours(2) })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Work_comes_in_the_order_of_urgency_then_tier_then_deadline_and_ended_tickets_last()
    {
        Ticket Of(string number, Urgency urgency, CustomerTier tier, int dueInHours, TicketStatus status = TicketStatus.Open) => New() with
        {
            Number = number, Region = "P1", Urgency = urgency, Tier = tier, Status = status, Milestones = dueInHours == 0 ? [] : [Running("resolution", Noon.AddHours(dueInHours))],
        };
        await board.Put(Of("6", Urgency.Normal, CustomerTier.Standard, 1));
        await board.Put(Of("8", Urgency.Urgent, CustomerTier.High, 1, TicketStatus.Closed));
        await board.Put(Of("3", Urgency.Urgent, CustomerTier.Standard, 0));
        await board.Put(Of("2", Urgency.Urgent, CustomerTier.Standard, 9));
        await board.Put(Of("1", Urgency.Urgent, CustomerTier.High, 20));
        await board.Put(Of("5", Urgency.Important, CustomerTier.Standard, 2));
        await board.Put(Of("4", Urgency.Important, CustomerTier.High, 30));
        await board.Put(Of("7", Urgency.Normal, CustomerTier.Standard, 2));
        string[] expected = ["1", "2", "3", "4", "5", "6", "7", "8"];
        (await Numbers(new QueueFilter { Region = ["P1"] }, QueueSort.Priority)).ShouldBe(expected);
        (await Numbers(new QueueFilter { Region = ["P1"] }, QueueSort.Priority, true)).ShouldBe(expected.Reverse());
    }

    [Fact]
    public async Task Open_promises_are_found_by_milestone_and_by_how_they_stand()
    {
        MilestoneCycle Missed(string name, int hours) => Running(name, Noon.AddHours(hours)) with { State = MilestoneState.Breached, BreachedAt = Noon.AddHours(hours) };
        Ticket Of(string number, TicketStatus status, params MilestoneCycle[] cycles) => New() with { Number = number, Region = "M1", Status = status, Team = number[..1], Milestones = [.. cycles] };
        await board.Put(Of("a1", TicketStatus.Open, Missed("acknowledge", 2), Running("resolution", Noon.AddHours(9))));
        await board.Put(Of("a2", TicketStatus.InProgress, Running("acknowledge", Noon.AddHours(3)) with { State = MilestoneState.Met }, Missed("resolution", 1)));
        await board.Put(Of("b3", TicketStatus.OnHold, Running("resolution", Noon.AddHours(5)) with { State = MilestoneState.Paused }));
        await board.Put(Of("b4", TicketStatus.Closed, Missed("resolution", 1), Running("satisfaction", Noon.AddHours(70))));
        await board.Put(Of("b5", TicketStatus.Resolved, Missed("resolution", 1) with { State = MilestoneState.MetLate }));
        await board.Put(Of("b6", TicketStatus.Open, Running("preliminarySolution", Noon.AddHours(4))));
        var all = new QueueFilter { Region = ["M1"] };

        await Finds(["a1", "a2"], all with { MilestoneState = [PromiseState.Breached] });
        await Finds(["a1"], all with { Milestone = ["acknowledge"], MilestoneState = [PromiseState.Breached] });
        await Finds(["a1", "a2", "b3"], all with { Milestone = ["resolution"] });
        await Finds(["a1"], all with { Milestone = ["resolution"], MilestoneState = [PromiseState.Running] });
        await Finds(["a1", "b3"], all with { Milestone = ["resolution", "acknowledge"], MilestoneState = [PromiseState.Running, PromiseState.Paused] });
        await Finds(["b3"], all with { MilestoneState = [PromiseState.Paused] });
        await Finds(["a1", "b4", "b6"], all with { MilestoneState = [PromiseState.Running] });
        await Finds(["a1", "a2"], all with { Team = ["a"], MilestoneState = [PromiseState.Running, PromiseState.Breached] });
        await Finds([], all with { Milestone = ["Solution", "acknowledge:breached resolution", "%"] });
        (await Numbers(all, QueueSort.OverdueSince)).ShouldBe(["a2", "a1"]);

        async Task Finds(string[] numbers, QueueFilter filter) => (await Numbers(filter)).Order().ToArray().ShouldBe(numbers, filter.ToString());
    }

    [Fact]
    public async Task A_list_of_what_is_overdue_has_pages()
    {
        for (var i = 0; i < 10; i++)
        {
            var at = Noon.AddMinutes(i % 3);
            await board.Put(New() with { Number = $"O{i}", Region = "O1", Milestones = i == 0 ? [] : [Running("resolution", at) with { State = MilestoneState.Breached, BreachedAt = at }] });
        }
        var (filter, seen, cursor) = (new QueueFilter { Region = ["O1"] }, new List<string>(), (string?)null);
        do
        {
            var page = await board.Queue.PageAsync(filter, QueueSort.OverdueSince, false, cursor, 2);
            seen.AddRange(page.Tickets.Select(t => t.Number));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        seen.ShouldBe(await Numbers(filter, QueueSort.OverdueSince));
        seen.Order().ShouldBe(Enumerable.Range(1, 9).Select(i => $"O{i}"));
    }

    [Theory]
    [InlineData(QueueSort.OpenedAt)]
    [InlineData(QueueSort.UpdatedAt)]
    [InlineData(QueueSort.NextDueAt)]
    [InlineData(QueueSort.Priority)]
    public async Task Pages_join_without_gap_or_double_though_tickets_come_in_between(QueueSort sort)
    {
        var filter = new QueueFilter { Region = [$"C-{sort}"] };
        // Few distinct times, so that the id has to decide; some have no deadline at all.
        for (var i = 0; i < 40; i++) await Put(i);
        foreach (var descending in new[] { false, true })
        {
            var before = await Numbers(filter, sort, descending);
            var seen = new List<string>();
            string? cursor = null;
            do
            {
                var page = await board.Queue.PageAsync(filter, sort, descending, cursor, 7);
                seen.AddRange(page.Tickets.Select(t => t.Number));
                await Put(1_000 + seen.Count + (descending ? 500 : 0));
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            seen.Distinct().Count().ShouldBe(seen.Count);
            seen.Where(before.Contains).ShouldBe(before);
        }

        Task<Ticket> Put(int i) => board.Put(New() with
        {
            Number = $"{sort}-{i}", Region = $"C-{sort}", OpenedAt = Noon.AddMinutes(i % 3), UpdatedAt = Noon.AddMinutes(i % 4), Urgency = (Urgency)(i % 3),
            Milestones = i % 5 == 0 ? [] : [Running("resolution", Noon.AddHours(1 + (i % 3)))],
        });
    }

    [Fact]
    public async Task A_cursor_of_another_list_or_a_changed_one_is_refused()
    {
        for (var i = 0; i < 3; i++) await board.Put(New() with { Number = $"X{i}", Region = "X1" });
        var filter = new QueueFilter { Region = ["X1"] };
        var cursor = (await board.Queue.PageAsync(filter, QueueSort.OpenedAt, false, null, 2)).NextCursor!;
        await Refused(filter with { Breached = true }, QueueSort.OpenedAt, false, cursor);
        await Refused(filter, QueueSort.UpdatedAt, false, cursor);
        await Refused(filter, QueueSort.OpenedAt, true, cursor);
        await Refused(filter, QueueSort.OpenedAt, false, "");
        await Refused(filter, QueueSort.OpenedAt, false, "nonsense");
        for (var i = 0; i < cursor.Length - 1; i++)
        {
            await Refused(filter, QueueSort.OpenedAt, false, cursor[..i] + (cursor[i] == 'A' ? 'B' : 'A') + cursor[(i + 1)..]);
        }
        (await board.Queue.PageAsync(filter, QueueSort.OpenedAt, false, cursor, 2)).Tickets.Count.ShouldBe(1);
        // The sum is right, the instant is none.
        foreach (var ticks in new[] { -1, long.MinValue, DateTime.MaxValue.Ticks + 1, long.MaxValue })
        {
            var bytes = Base64Url.DecodeFromChars(cursor);
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(3), ticks);
            SHA256.HashData([.. bytes[..^8], .. filter.Fingerprint(QueueSort.OpenedAt, false)]).AsSpan(0, 8).CopyTo(bytes.AsSpan(bytes.Length - 8));
            await Refused(filter, QueueSort.OpenedAt, false, Base64Url.EncodeToString(bytes));
        }

        Task Refused(QueueFilter other, QueueSort sort, bool descending, string text) =>
            Should.ThrowAsync<InvalidCursorException>(() => board.Queue.PageAsync(other, sort, descending, text, 2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(501)]
    public async Task A_page_has_bounds(int limit) =>
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => board.Queue.PageAsync(new QueueFilter(), QueueSort.OpenedAt, false, null, limit));

    private async Task<string[]> Numbers(QueueFilter filter, QueueSort sort = QueueSort.OpenedAt, bool descending = false) =>
        [.. (await board.Queue.PageAsync(filter, sort, descending, null, 500)).Tickets.Select(t => t.Number)];
}
