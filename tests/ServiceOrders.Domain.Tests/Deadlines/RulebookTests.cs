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

    /// <summary>A simulation tries others out in front of the book that every request decides with at that moment.</summary>
    [Fact]
    public void A_book_holds_nothing_that_could_be_written_once_it_is_made() =>
        typeof(Rulebook).GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).ShouldAllBe(field => field.IsInitOnly && !field.FieldType.IsArray
            && !field.FieldType.GetInterfaces().Append(field.FieldType).Any(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>)));

    [Fact]
    public void Trying_others_out_leaves_the_book_as_it_was()
    {
        var (known, tried) = (new Policy { Name = "standard", Version = 1, Milestones = [] }, new Policy { Name = "standard", Milestones = [] });
        var office = Domain.Calendars.BusinessCalendar.Compile(Domain.Shipped.ShippedData.ChineseOffice, 1);
        var candidate = Domain.Calendars.BusinessCalendar.Compile(Domain.Shipped.ShippedData.ChineseOffice with { Days = [] }, 0);
        var book = new Rulebook([new PublishedPolicy(known, Noon)], [office]);

        var trying = book.Trying(tried, [candidate]);

        (trying.Calendar("cn-office"), trying.Calendar("cn-office", 0), trying.Calendar("cn-office", 1), trying.Select(Repair, Noon)).ShouldBe((candidate, candidate, office, tried));
        (book.Calendar("cn-office"), book.FindCalendar("cn-office", 0), book.Select(Repair, Noon)).ShouldBe((office, null, known));
        Should.Throw<UnknownRuleException>(() => book.Policy("standard", 0));
    }

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
