using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Tests.Tickets;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Deadlines;

/// <summary>
/// Conversation clocks (row D8), by the acts of a conversation under one policy: every message is answered within an hour, counted from the oldest unanswered one, and the customer hears at least once a day.
/// </summary>
public class ConversationTests
{
    private static readonly Policy Talk = new()
    {
        Name = "talk", Version = 1,
        Milestones =
        [
            new MilestoneRule
            {
                Name = "reply", Target = Target.OfElapsed("PT1H"), StartsOn = ["customerMessage"], MetBy = ["staffReply", "delayNotified"], CancelledBy = ["closed", "cancelled"], Repeat = true,
                WarnAt = [50],
            },
            new MilestoneRule
            {
                Name = "progressUpdate", Target = Target.OfElapsed("PT24H"), StartsOn = ["acknowledged"], MetBy = ["resolved"], RestartsOn = ["staffReply", "delayNotified"],
                CancelledBy = ["closed", "cancelled"], WarnAt = [75],
            },
        ],
    };

    private static readonly Rulebook Book = new([new PublishedPolicy(Talk, DateTimeOffset.MinValue)], []);
    private static readonly Reply Answer = new() { Text = "正在处理" };
    private static readonly ReceiveMessage Question = new() { Text = "怎么样了?" };

    private Ticket _ticket = Ticket.Unopened.After(ATicket.Request, Story.At("2026-11-02T00:00"), Acting.Shop, Book);

    [Fact]
    public void The_policy_holds_together() => PolicyValidation.Errors(Talk, name => name == "always" ? Domain.Calendars.BusinessCalendar.Always : null, Story.At("2026-11-02T00:00")).ShouldBeEmpty();

    [Fact]
    public void A_reply_is_owed_from_the_oldest_unanswered_message_and_each_answer_settles_all_of_them()
    {
        _ticket.Milestones.ShouldBeEmpty("the request itself is answered by the acknowledgement");

        At("09:00", Question).At("09:40", Question).At("09:50", Question);
        Cycles("reply").ShouldBe(["1 Running due 10:00"]);

        At("10:00", Answer).At("11:00", Question);
        Cycles("reply").ShouldBe(["1 Met due 10:00", "2 Running due 12:00"]);

        At("12:00:01", Answer).At("12:30", Answer);
        Cycles("reply").ShouldBe(["1 Met due 10:00", "2 MetLate due 12:00"], "an answer that nobody waits for owes nothing and settles nothing");
    }

    [Fact]
    public void A_message_after_a_missed_reply_starts_no_second_clock_until_the_first_is_answered()
    {
        At("09:00", Question).At("10:30", Question).At("11:00", new NotifyDelay { Text = "明天上午" }).At("11:05", Question);

        Cycles("reply").ShouldBe(["1 MetLate due 10:00", "2 Running due 12:05"]);
        Cycle("reply", 1).Overrun.ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public void Each_update_sets_the_day_back_to_its_full_length_and_the_resolution_ends_it()
    {
        At("08:00", new Acknowledge()).At("20:00", Answer);
        Cycle("progressUpdate", 1).ShouldSatisfyAllConditions(
            c => c.StartedAt.ShouldBe(Story.At("2026-11-02T20:00")),
            c => c.DueAt.ShouldBe(Story.At("2026-11-03T20:00")),
            c => c.Warnings.ShouldBe([new Warning(75, Story.At("2026-11-03T14:00"), null)]));

        At("2026-11-03T20:00", new NotifyDelay { Text = "等配件" }).At("2026-11-04T10:00", new Resolve { Text = "好了" });
        Cycle("progressUpdate", 1).ShouldSatisfyAllConditions(c => c.State.ShouldBe(MilestoneState.Met), c => c.DueAt.ShouldBe(Story.At("2026-11-04T20:00")));
        _ticket.Milestones.Count(m => m.Name == "progressUpdate").ShouldBe(1);
    }

    [Fact]
    public void A_day_of_silence_is_a_breach_and_the_next_update_begins_the_next_day()
    {
        At("08:00", new Acknowledge());
        _ticket = TicketHandler.Settle(_ticket, Acting.Context(_ticket, Story.At("2026-11-03T09:00"), Actor.Clock, Book)).Ticket;
        Cycle("progressUpdate", 1).BreachedAt.ShouldBe(Story.At("2026-11-03T08:00"));

        At("2026-11-03T10:00", Answer);
        Cycle("progressUpdate", 1).ShouldSatisfyAllConditions(c => c.State.ShouldBe(MilestoneState.MetLate), c => c.Overrun.ShouldBe(TimeSpan.FromHours(2)));
        Cycle("progressUpdate", 2).DueAt.ShouldBe(Story.At("2026-11-04T10:00"));
    }

    [Fact]
    public void One_answer_serves_both_clocks()
    {
        At("08:00", new Acknowledge()).At("09:00", Question).At("09:30", Answer);

        Cycle("reply", 1).State.ShouldBe(MilestoneState.Met);
        Cycle("progressUpdate", 1).DueAt.ShouldBe(Story.At("2026-11-03T09:30"));
    }

    /// <summary>Something is said on 2 November, or at a time of its own.</summary>
    private ConversationTests At(string time, TicketAct act)
    {
        _ticket = _ticket.After(act, Story.At(time.Contains('T') ? time : $"2026-11-02T{time}"), act is ReceiveMessage ? Acting.Shop : Acting.Boris, Book);
        return this;
    }

    private MilestoneCycle Cycle(string name, int cycle) => _ticket.Milestones.Single(m => m.Name == name && m.Cycle == cycle);

    private string[] Cycles(string name) => [.. _ticket.Milestones.Where(m => m.Name == name).Select(m => $"{m.Cycle} {m.State} due {m.DueAt:HH:mm}")];
}
