using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.ReadModels.Tests.Given;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.ReadModels.Tests.Tickets;

/// <summary>Every ticket that runs, once, in the order of ids, whatever the pages.</summary>
public sealed class RunningTicketsTests(Board board) : IClassFixture<Board>
{
    private int _numbers;

    [Fact]
    public async Task A_walk_tells_those_that_run_and_name_what_was_asked_for_and_counts_the_others()
    {
        var open = await PutAsync("one");
        var confirming = await PutAsync("one", TicketStatus.Closed);
        await PutAsync("one", TicketStatus.Closed, Given.Tickets.Running("resolution", Given.Tickets.Noon) with { State = MilestoneState.Breached, BreachedAt = Given.Tickets.Noon });
        await PutAsync("one", TicketStatus.Cancelled, []);
        await PutAsync("one-more");
        var walk = new RunningTickets(board.Database.Pooled);

        foreach (var passing in (int[])[1, 2, 100])
        {
            List<Ticket> told = [];
            var running = 0;
            for (Guid? last = Guid.Empty; last is { } after;)
            {
                var page = await walk.PageAsync(after, passing, "one");
                told.AddRange(page.Tickets);
                running += page.Running;
                last = page.Last;
            }
            told.Select(t => t.Id).ShouldBe([open.Id, confirming.Id], $"pages of {passing}");
            told.ForEach(t => t.ShouldBeTheSameAs(t.Id == open.Id ? open : confirming));
            running.ShouldBe(3);
        }
        (await walk.CountAsync()).ShouldBe(3);
    }

    private Task<Ticket> PutAsync(string policy, TicketStatus status = TicketStatus.Open, params MilestoneCycle[] cycles)
    {
        var ticket = Given.Tickets.New() with { Number = $"SO-{++_numbers}", Policy = policy, Status = status };
        return board.Put(status == TicketStatus.Open || (status == TicketStatus.Closed && cycles.Length == 0) ? ticket : ticket with { Milestones = [.. cycles] });
    }
}
