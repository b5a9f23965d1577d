using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.ReadModels.Reporting;
using static ServiceOrders.ReadModels.Tests.Given.Tickets;

namespace ServiceOrders.ReadModels.Tests.Reporting;

/// <summary>What reports count of a clock for an agreed time.</summary>
public class MilestoneRowTests
{
    private static readonly Target Visit = new() { Agreed = "visit" };

    [Fact]
    public void A_visit_that_was_moved_twice_was_retargeted_twice_and_its_first_promise_is_kept()
    {
        var row = MilestoneRow.Of(Stored(Opened, Started(24), Moved(24, 48), new NoteAdded("s1.x"), Moved(48, 36))).ShouldHaveSingleItem();

        (row.Retargets, row.FirstDueAt, row.Cycle.DueAt, row.Cycle.Entry).ShouldBe((2, Noon.AddHours(24), Noon.AddHours(36), 9));
    }

    [Fact]
    public void What_a_pause_moves_is_not_retargeted()
    {
        var paused = new MilestonePaused("resolution", 1, Noon.AddHours(1), HoldReason.AwaitingCustomer);
        var resumed = new MilestoneResumed("resolution", 1, Noon.AddHours(1), Noon.AddHours(2), Noon.AddHours(25), false, [], false);
        var started = Started(24) with { Name = "resolution", Target = Target.OfElapsed("PT24H") };

        MilestoneRow.Of(Stored(Opened, started, paused, resumed)).ShouldHaveSingleItem().Retargets.ShouldBe(0);
    }

    private static TicketOpened Opened => new("SO-5724", "shop", null, Medium.Web, TicketKind.Repair, Urgency.Normal, Complexity.Standard, CustomerTier.Standard,
        new ClassificationSources("given", "given", "given"), null, null, Guid.CreateVersion7(), null, "s1.x", null, null, [], "field-service", 1);

    private static MilestoneStarted Started(int hours) => new("arrival", 1, Noon, Noon.AddHours(hours), false, Visit, "always", 1, "field-service", 1, [], 9);

    private static MilestoneRetargeted Moved(int from, int to) =>
        new("arrival", 1, Noon.AddHours(from), Noon.AddHours(to), false, Visit, Visit, "always", 1, "field-service", 1, [], "visitScheduled", 9);

    private static IEnumerable<StoredEvent> Stored(params ITicketEvent[] events)
    {
        var stream = Guid.CreateVersion7();
        return events.Select((happened, i) => (New: EventSerializer.ToNew(happened, Noon.AddMinutes(i), new Actor(ActorKind.Staff, "li"), new EventOrigin(null)), Version: i + 1))
            .Select(e => new StoredEvent(e.Version, e.New.Id, stream, e.Version, e.New.Type, e.New.Data, Noon.AddMinutes(e.Version), null, null, null, e.New.Headers));
    }
}
