using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Domain.Simulations;

namespace ServiceOrders.Domain.Tests.Simulations;

/// <summary>What many tickets come to.</summary>
public class SimulationTallyTests
{
    private static readonly DateTimeOffset Due = new(2026, 11, 2, 9, 0, 0, TimeSpan.Zero);

    private static CycleStanding Missed(TimeSpan by) => new(CycleResult.Missed, Due, by, null);

    private static CycleStanding Met => new(CycleResult.Met, Due, null, TimeSpan.Zero);

    private static MilestonePair Pair(CycleStanding? actual, CycleStanding? candidate, string name = "resolution") => new(name, 1, actual, candidate);

    [Fact]
    public void Both_sides_are_counted_and_so_is_what_changed_sides()
    {
        var tally = new SimulationTally();
        tally.Add([Pair(Met, Missed(TimeSpan.FromHours(1)))]);
        tally.Add([Pair(Missed(TimeSpan.FromHours(2)), Met), Pair(Met, Met, "answer")]);
        tally.Add([Pair(null, Missed(TimeSpan.FromHours(5)))]);
        tally.Add([Pair(new CycleStanding(CycleResult.Cancelled, Due, null, null), new CycleStanding(CycleResult.Open, Due, null, null))]);
        tally.Add([Pair(Met, Met)]);

        (tally.Tickets, tally.Differing).ShouldBe((5, 4));
        tally.Milestones.Select(m => m.Name).ShouldBe(["answer", "resolution"]);
        tally.Milestones[1].ShouldBe(new MilestoneOutlook("resolution",
            new SideTally(4, 2, 1, 1, 0, TimeSpan.FromHours(2), TimeSpan.FromHours(2)), new SideTally(5, 2, 2, 0, 1, TimeSpan.FromHours(1), TimeSpan.FromHours(5)), NewlyBreached: 2, NewlyKept: 1));
    }

    [Fact]
    public void The_median_is_that_of_all_overruns_to_a_thousandth() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll(Arb.From(Gen.OneOf(Gen.Choose(0, 100), Gen.Choose(0, 1_000_000), Gen.Choose(0, 2_000_000_000)).NonEmptyListOf()), seconds =>
        {
            var tally = new SimulationTally();
            foreach (var s in seconds) tally.Add([Pair(Missed(TimeSpan.FromSeconds(s)), null)]);

            var median = seconds.Order().ElementAt((seconds.Count - 1) / 2);
            var told = tally.Milestones.Single().Actual;
            told.MedianOverrun!.Value.TotalSeconds.ShouldBeInRange(median * 0.999, median);
            told.MaxOverrun.ShouldBe(TimeSpan.FromSeconds(seconds.Max()));
        }));
}
