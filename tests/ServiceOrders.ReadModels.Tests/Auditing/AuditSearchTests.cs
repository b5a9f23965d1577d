using Npgsql;
using ServiceOrders.ReadModels.Auditing;

namespace ServiceOrders.ReadModels.Tests.Auditing;

/// <summary>Searching many events: each filter is read off its index, and no question looks at more than it may.</summary>
public sealed class AuditSearchTests(ManyEvents many) : IClassFixture<ManyEvents>
{
    [Fact]
    public async Task Without_a_filter_pages_are_all_events_in_order()
    {
        var (positions, pages) = await many.AllAsync(new AuditFilter(), 500);
        positions.ShouldBe(Enumerable.Range(1, ManyEvents.Count).Select(n => (long)n));
        pages.ShouldBe(ManyEvents.Count / 500);
    }

    [Fact]
    public async Task The_rarest_filter_is_walked_along_so_that_what_is_rare_is_found_at_once()
    {
        var (positions, pages) = await many.AllAsync(new AuditFilter { Types = ["audit_marker"], Actors = ["clock:deadlines"] }, 50);
        (positions.Single(), pages).ShouldBe((50_000, 1));
        (positions, pages) = await many.AllAsync(new AuditFilter { Types = ["milestone_warned", "milestone_met"], Actors = ["staff:wu"] }, 50);
        positions.ShouldBe([20_000, 40_000, 60_000]);
        pages.ShouldBe(1);
    }

    [Fact]
    public async Task A_value_that_is_named_twice_yields_each_event_once()
    {
        (await many.AllAsync(new AuditFilter { Actors = ["staff:wu", "staff:wu"] }, 50)).Positions.ShouldBe([20_000, 40_000, 60_000]);
        (await many.AllAsync(new AuditFilter { Types = ["audit_marker", "audit_marker"] }, 50)).Positions.ShouldBe([50_000]);
    }

    [Fact]
    public async Task A_question_that_meets_little_looks_at_20000_events_and_says_how_far_it_came()
    {
        // The actor is everywhere, and in those days nowhere.
        var filter = new AuditFilter { Actors = ["clock:deadlines"], From = ManyEvents.Start.AddDays(2), To = ManyEvents.Start.AddDays(3) };
        var first = await many.Search.PageAsync(filter, 0, long.MaxValue, 50);
        first.Events.ShouldBeEmpty();
        first.Passed.ShouldNotBeNull().ShouldBeInRange(AuditSearch.MostPassed, AuditSearch.MostPassed + 10);
        (await many.AllAsync(filter, 50)).Pages.ShouldBe(3);
    }

    [Fact]
    public async Task A_period_holds_what_was_recorded_in_it_also_by_a_node_whose_clock_was_behind()
    {
        // Written as the 30,000th, by a clock that was an hour behind: recorded when the 26,400th was.
        var (from, to) = (ManyEvents.Start.AddSeconds(26_399), ManyEvents.Start.AddSeconds(26_402));
        (await many.AllAsync(new AuditFilter { From = from, To = to }, 50)).Positions.ShouldBe([26_399, 26_400, 26_401, 30_000]);
        (await many.AllAsync(new AuditFilter { From = ManyEvents.Start.AddSeconds(59_998) }, 50)).Positions.ShouldBe([7, 59_998, 59_999]);
        (await many.AllAsync(new AuditFilter { From = ManyEvents.Start.AddDays(1), To = ManyEvents.Start.AddYears(1) }, 50)).Positions.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_event_of_a_clock_far_ahead_hides_no_other_from_a_period_and_is_found_in_its_own()
    {
        // The seventh, of a clock five years ahead: every period's end is earlier than that.
        (await many.AllAsync(new AuditFilter { To = ManyEvents.Start.AddSeconds(10) }, 50)).Positions.ShouldBe([1, 2, 3, 4, 5, 6, 8, 9, 1_000, 2_000, 3_000]);
        (await many.AllAsync(new AuditFilter { Actors = ["staff:wu"], To = ManyEvents.Start.AddDays(1) }, 50)).Positions.ShouldBe([20_000, 40_000, 60_000]);
        (await many.AllAsync(new AuditFilter { From = ManyEvents.Start.AddYears(4) }, 50)).Positions.ShouldBe([7]);
        var (positions, pages) = await many.AllAsync(new AuditFilter { To = ManyEvents.Start.AddDays(-1) }, 50);
        positions.ShouldBeEmpty();
        pages.ShouldBe(1, "nothing was as early: no walk over everything");
    }

    [Fact]
    public async Task What_a_period_leaves_behind_it_is_not_walked_over()
    {
        var page = await many.Search.PageAsync(new AuditFilter { Types = ["milestone_met"], Actors = ["clock:deadlines"], To = ManyEvents.Start.AddSeconds(300) }, 0, long.MaxValue, 200);
        (page.Events.Count, page.Passed).ShouldBe((149, null), "the first block is the only one with anything as early, and its end is the search's");
    }

    [Fact]
    public async Task A_stretch_can_be_bounded_so_that_a_reader_comes_to_its_end()
    {
        var page = await many.Search.PageAsync(new AuditFilter(), 100, 103, 50);
        page.Events.Select(e => e.Event.Position).ShouldBe([101, 102, 103]);
        (page.Passed, page.IndexedTo).ShouldBe((null, ManyEvents.Count));
    }

    [Theory]
    [InlineData(AuditDriver.MostStreams, true)]
    [InlineData(AuditDriver.MostStreams + 1, false)]
    public async Task A_serial_number_that_very_many_tickets_share_does_not_have_all_of_their_events_read_for_every_step(int tickets, bool byStream)
    {
        var serial = $"SN-{tickets}";
        await many.Board.Execute($"insert into read.audit_equipment_g1 select '{serial}', ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid from generate_series(1, {tickets}) n");
        await using var connection = await many.Board.Database.Pooled.OpenConnectionAsync();
        var driver = await AuditDriver.ChooseAsync(new AuditFilter { SerialNumber = serial }, 0, ManyEvents.Count, connection, CancellationToken.None);
        driver.Positions.Contains("audit_equipment", StringComparison.Ordinal).ShouldBe(byStream);
        var expected = Enumerable.Range(1, ManyEvents.Count).Where(n => (n - 1) % 6_000 < tickets).Select(n => (long)n).ToArray();
        (await many.AllAsync(new AuditFilter { SerialNumber = serial }, 500)).Positions.ShouldBe(expected);
        (await many.AllAsync(new AuditFilter { SerialNumber = serial, Types = ["milestone_met"] }, 500)).Positions.ShouldBe(expected.Where(n => n % 2 == 1));
    }

    [Theory]
    [InlineData("type", "audit_events_g1_type")]
    [InlineData("actor", "audit_events_g1_actor")]
    [InlineData("channel", "audit_events_g1_channel")]
    [InlineData("customer", "audit_events_g1_customer")]
    [InlineData("none", "audit_events_g1_pkey")]
    public async Task Each_filter_is_read_off_its_index_however_many_events_there_are(string filter, string index)
    {
        var asked = filter switch
        {
            "type" => new AuditFilter { Types = ["milestone_met"] }, "actor" => new AuditFilter { Actors = ["staff:wu"] }, "channel" => new AuditFilter { Channels = ["wechat-shop"] },
            "customer" => new AuditFilter { Customer = Guid.CreateVersion7() }, _ => new AuditFilter(),
        };
        await using var connection = await many.Board.Database.Pooled.OpenConnectionAsync();
        var driver = await AuditDriver.ChooseAsync(asked, 0, ManyEvents.Count, connection, CancellationToken.None);
        var plan = await many.Board.PlanOf(command => Compose(command, driver));
        plan.ShouldContain(index);
        plan.ShouldNotContain("Seq Scan");
    }

    private static void Compose(NpgsqlCommand command, AuditDriver driver)
    {
        command.CommandText = driver.Positions;
        driver.Bind(command, 30_000, ManyEvents.Count, 100);
    }
}
