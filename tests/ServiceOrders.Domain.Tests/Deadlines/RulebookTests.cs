using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Deadlines;

public sealed class RulebookTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly Ticket Repair = Ticket.Unopened with { Kind = TicketKind.Repair };

    private static PublishedPolicy Published(string name, int version, int priority, DateTimeOffset from, DateTimeOffset? retired = null, TicketKind? kind = null) =>
        new(new Policy { Name = name, Version = version, Priority = priority, Milestones = [], AppliesTo = new Applicability { Kind = kind is { } only ? [only] : [] } }, from, retired);

    private static (string, int)? Selected(DateTimeOffset at, params PublishedPolicy[] policies) =>
        new Rulebook(policies, []).Select(Repair, at) is { } policy ? (policy.Name, policy.Version) : null;

    [Fact]
    public void The_matching_policy_with_the_highest_priority_wins() => Selected(Noon,
        Published("standard", 1, 0, Noon.AddDays(-9)), Published("repairs", 1, 10, Noon.AddDays(-9), kind: TicketKind.Repair),
        Published("complaints", 1, 20, Noon.AddDays(-9), kind: TicketKind.Complaint)).ShouldBe(("repairs", 1));

    [Fact]
    public void A_version_binds_from_its_effective_time_on_and_not_a_tick_before()
    {
        var policies = new[] { Published("standard", 1, 0, Noon.AddDays(-9)), Published("standard", 2, 0, Noon) };
        Selected(Noon.AddTicks(-10), policies).ShouldBe(("standard", 1));
        Selected(Noon, policies).ShouldBe(("standard", 2));
    }

    [Fact]
    public void A_version_in_force_takes_the_place_of_its_predecessor_whatever_their_priorities() => Selected(Noon,
        Published("standard", 1, 100, Noon.AddDays(-9)), Published("standard", 2, 1, Noon.AddDays(-1)), Published("other", 1, 50, Noon.AddDays(-9))).ShouldBe(("other", 1));

    [Fact]
    public void A_retired_policy_leaves_the_ticket_to_others()
    {
        var policies = new[] { Published("standard", 1, 0, Noon.AddDays(-9)), Published("special", 1, 10, Noon.AddDays(-9), retired: Noon) };
        Selected(Noon.AddTicks(-10), policies).ShouldBe(("special", 1));
        Selected(Noon, policies).ShouldBe(("standard", 1));
    }

    [Fact]
    public void Of_equal_priorities_the_first_by_name_wins() =>
        Selected(Noon, Published("b", 1, 5, Noon), Published("a", 1, 5, Noon)).ShouldBe(("a", 1));

    [Fact]
    public void Without_a_match_there_is_none() => Selected(Noon, Published("later", 1, 5, Noon.AddSeconds(1)), Published("complaints", 1, 5, Noon, kind: TicketKind.Complaint)).ShouldBeNull();

    [Fact]
    public void The_latest_of_a_name_is_the_one_in_force_else_the_first()
    {
        var book = new Rulebook([Published("standard", 1, 0, Noon), Published("standard", 2, 0, Noon.AddDays(1))], []);
        book.Latest("standard", Noon)!.Version.ShouldBe(1);
        book.Latest("standard", Noon.AddDays(1))!.Version.ShouldBe(2);
        book.Latest("standard", Noon.AddDays(-1))!.Version.ShouldBe(1, "before the first there was no other");
        book.Latest("none", Noon).ShouldBeNull();
    }
}
