using ServiceOrders.EventStore;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Tests.Tickets;

public sealed class TicketTurnsTests
{
    private static readonly Guid Ticket = Guid.CreateVersion7(), Other = Guid.CreateVersion7();
    private readonly TicketTurns _turns = new();

    [Fact]
    public async Task One_acts_at_a_time_in_the_order_of_asking_and_nothing_is_kept_afterwards()
    {
        var first = await _turns.TakeAsync(Ticket, default);
        var (second, third) = (_turns.TakeAsync(Ticket, default).AsTask(), _turns.TakeAsync(Ticket, default).AsTask());
        second.IsCompleted.ShouldBeFalse();
        using (await _turns.TakeAsync(Other, default)) _turns.Count.ShouldBe(2);

        first.Dispose();
        first.Dispose();
        (await second).Dispose();
        third.IsFaulted.ShouldBeFalse();
        (await third).Dispose();
        _turns.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_full_line_turns_away_whoever_comes_next_until_one_is_through_and_others_tickets_have_room()
    {
        var first = await _turns.TakeAsync(Ticket, default);
        var line = Enumerable.Range(0, TicketTurns.MostWaiting).Select(_ => _turns.TakeAsync(Ticket, default).AsTask()).ToList();

        var busy = await Should.ThrowAsync<StoreBusyException>(async () => await _turns.TakeAsync(Ticket, default));
        (Trouble.Of(busy).Type.Status, Trouble.Of(busy).RetryAfter).ShouldBe((503, 1));
        (await _turns.TakeAsync(Other, default)).Dispose();

        first.Dispose();
        line.Add(_turns.TakeAsync(Ticket, default).AsTask());
        foreach (var turn in line) (await turn).Dispose();
        _turns.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_leaves_the_line_to_the_others()
    {
        using var stop = new CancellationTokenSource();
        var first = await _turns.TakeAsync(Ticket, default);
        var (gone, last) = (_turns.TakeAsync(Ticket, stop.Token).AsTask(), _turns.TakeAsync(Ticket, default).AsTask());
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        last.IsCompleted.ShouldBeFalse();
        first.Dispose();
        (await last).Dispose();
        _turns.Count.ShouldBe(0);
    }
}
