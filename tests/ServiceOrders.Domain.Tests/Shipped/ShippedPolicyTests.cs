using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Shipped;

/// <summary>The policy <c>standard</c> beside the numbers of document 001.</summary>
public sealed class ShippedPolicyTests
{
    private static readonly Policy Standard = ShippedData.StandardPolicy;

    private static MilestoneRule? For(string milestone, Ticket ticket) => Standard.Milestones.FirstOrDefault(m => m.Name == milestone && m.AppliesTo.Matches(ticket));
    private static Ticket Ticket(Medium medium = Medium.Email, Complexity complexity = Complexity.Standard, HoldReason? hold = null) => Domain.Tickets.Ticket.Unopened with
    {
        Medium = medium, Complexity = complexity, Hold = hold is { } reason ? new Hold(reason, DateTimeOffset.UnixEpoch, null, TicketStatus.InProgress) : null,
    };

    [Fact]
    public void It_has_all_the_milestones_of_the_document() => Standard.Milestones.Select(m => m.Name).Distinct().ShouldBe(
        ["answer", "acknowledge", "preliminarySolution", "escalation", "resolution", "confirmation", "satisfaction", "delayNotice", "progressUpdate"]);

    [Theory]
    [InlineData(Medium.Phone, "PT30S", null)]
    [InlineData(Medium.Chat, "PT30S", null)]
    [InlineData(Medium.Email, null, "PT2H")]
    [InlineData(Medium.Web, null, "PT2H")]
    [InlineData(Medium.App, null, "PT2H")]
    [InlineData(Medium.Wechat, null, "PT2H")]
    [InlineData(Medium.Social, null, "PT2H")]
    public void A_call_is_answered_in_half_a_minute_anything_written_acknowledged_in_two_hours(Medium medium, string? answer, string? acknowledge)
    {
        For("answer", Ticket(medium))?.Target.Elapsed.ShouldBe(answer);
        For("acknowledge", Ticket(medium))?.Target.Elapsed.ShouldBe(acknowledge);
        (For("answer", Ticket(medium)) is null).ShouldBe(answer is null);
        (For("acknowledge", Ticket(medium)) is null).ShouldBe(acknowledge is null);
    }

    [Theory]
    [InlineData(Complexity.Simple, null, 4)]
    [InlineData(Complexity.Standard, null, 4)]
    [InlineData(Complexity.Complex, null, 7)]
    [InlineData(Complexity.Standard, HoldReason.AwaitingParts, 7)]
    [InlineData(Complexity.Complex, HoldReason.AwaitingParts, 7)]
    [InlineData(Complexity.Standard, HoldReason.AwaitingCustomer, 4)]
    [InlineData(Complexity.Standard, HoldReason.AwaitingThirdParty, 4)]
    public void A_resolution_takes_four_working_days_seven_when_complex_or_waiting_for_parts(Complexity complexity, HoldReason? hold, int days)
    {
        var resolution = For("resolution", Ticket(complexity: complexity, hold: hold)).ShouldNotBeNull();
        resolution.Target.WorkingDays.ShouldBe(days);
        resolution.Calendar.ShouldBe("cn-office");
        resolution.PausedBy.ShouldBe([HoldReason.AwaitingCustomer]);
    }

    [Theory]
    [InlineData("preliminarySolution", "PT24H")]
    [InlineData("escalation", "PT4H")]
    [InlineData("satisfaction", "PT72H")]
    public void What_is_for_all_tickets_has_the_documents_times(string milestone, string elapsed) =>
        For(milestone, Ticket()).ShouldNotBeNull().Target.Elapsed.ShouldBe(elapsed);

    [Fact]
    public void A_complex_ticket_is_escalated_from_its_start_another_only_when_things_go_wrong()
    {
        For("escalation", Ticket(complexity: Complexity.Complex))!.StartsOn.ShouldBe(["opened", "classified", "solutionRejected", "breached:resolution"]);
        For("escalation", Ticket())!.StartsOn.ShouldBe(["solutionRejected", "breached:resolution"]);
    }

    [Fact]
    public void A_delay_is_told_within_four_hours_when_parts_or_third_parties_cause_it()
    {
        For("delayNotice", Ticket(hold: HoldReason.AwaitingParts)).ShouldNotBeNull().Target.Elapsed.ShouldBe("PT4H");
        For("delayNotice", Ticket(hold: HoldReason.AwaitingThirdParty)).ShouldNotBeNull();
        For("delayNotice", Ticket(hold: HoldReason.AwaitingCustomer)).ShouldBeNull();
        For("delayNotice", Ticket()).ShouldBeNull();
    }

    [Fact]
    public void The_loop_is_closed_within_two_working_days() => For("confirmation", Ticket())!.Target.WorkingDays.ShouldBe(2);

    [Fact]
    public void A_complex_ticket_is_reported_on_daily()
    {
        var update = For("progressUpdate", Ticket(complexity: Complexity.Complex)).ShouldNotBeNull();
        update.Target.Elapsed.ShouldBe("PT24H");
        update.RestartsOn.ShouldBe(["staffReply", "delayNotified"]);
        For("progressUpdate", Ticket()).ShouldBeNull();
    }
}
