using ServiceOrders.Domain.Retention;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tests.Tickets;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Retention;

/// <summary>When a ticket's time has come, and which sets of rules hold together (row A3).</summary>
public class RetentionRulesTests
{
    private static readonly RetentionRule Archive = new() { Name = "three-years", Age = "P3Y", Action = RetentionAction.Archive };
    private static readonly RetentionRule Repairs = new() { Name = "repairs", Kind = [TicketKind.Repair], Age = "P5Y6M", Action = RetentionAction.Delete };

    [Fact]
    public void A_closed_ticket_s_time_comes_to_the_day_and_not_a_microsecond_earlier()
    {
        var ticket = ATicket.Closed();
        var due = ticket.EndedAt!.Value.AddYears(3);
        Of(Archive).Due(RetentionAction.Archive, ticket, due.AddMicroseconds(-1)).ShouldBeNull();
        Of(Archive).Due(RetentionAction.Archive, ticket, due).ShouldBe(Archive);
        Of(Archive).Due(RetentionAction.Delete, ticket, due).ShouldBeNull("nothing is deleted by a rule that archives");
    }

    [Fact]
    public void Each_action_has_its_own_age_and_a_rule_holds_for_its_kinds_alone()
    {
        var rules = Of(Archive, Repairs);
        var (repair, other) = (ATicket.Closed(), ATicket.Closed() with { Kind = TicketKind.Complaint });
        var due = repair.EndedAt!.Value.AddYears(5).AddMonths(6);
        rules.Due(RetentionAction.Delete, repair, due.AddMicroseconds(-1)).ShouldBeNull();
        rules.Due(RetentionAction.Delete, repair, due).ShouldBe(Repairs);
        rules.Due(RetentionAction.Delete, other, due.AddYears(50)).ShouldBeNull();
        rules.Due(RetentionAction.Archive, other, due).ShouldBe(Archive);
    }

    [Fact]
    public void What_was_recorded_later_is_kept_as_long_as_everything_else()
    {
        var noted = ATicket.Closed().After(new AddNote { Text = "..." }, ATicket.Closed().EndedAt!.Value.AddYears(2));
        Of(Archive).Due(RetentionAction.Archive, noted, noted.EndedAt!.Value.AddYears(4)).ShouldBeNull();
        Of(Archive).Due(RetentionAction.Archive, noted, noted.UpdatedAt.AddYears(3)).ShouldBe(Archive);
    }

    [Fact]
    public void An_import_of_the_past_is_kept_from_its_import_on()
    {
        var imported = ATicket.Closed() with { EndedAt = Acting.Morning.AddYears(-9) };
        Of(Archive).Due(RetentionAction.Archive, imported, Acting.Morning.AddDays(1)).ShouldBeNull();
    }

    [Theory]
    [InlineData(TicketStatus.Open)]
    [InlineData(TicketStatus.OnHold)]
    [InlineData(TicketStatus.Resolved)]
    [InlineData(TicketStatus.Confirmed)]
    public void What_has_not_ended_is_kept_however_old(TicketStatus status) =>
        Of(Archive).Due(RetentionAction.Archive, ATicket.ThatIs(status), Acting.Morning.AddYears(100)).ShouldBeNull();

    [Fact]
    public void A_cancelled_ticket_s_time_comes_as_a_closed_one_s() => Of(Archive).Due(RetentionAction.Archive, ATicket.Cancelled(), Acting.Morning.AddYears(4)).ShouldBe(Archive);

    [Fact]
    public void A_legal_hold_and_a_clock_that_runs_are_in_the_way_and_nothing_else_is()
    {
        RetentionRules.ObstacleOf(ATicket.Closed()).ShouldBeNull();
        RetentionRules.ObstacleOf(ATicket.UnderLegalHold()).ShouldBe(RetentionObstacles.LegalHold);
        RetentionRules.ObstacleOf(ATicket.UnderLegalHold().After(new LiftLegalHold { Reason = "!" })).ShouldBeNull();
        RetentionRules.ObstacleOf(Deadlines.Story.Opened(Deadlines.Rules.Of(Deadlines.Rules.Resolution()), "2026-11-02T00:00").Ticket).ShouldBe(RetentionObstacles.ClockRunning);
    }

    [Fact]
    public void The_shipped_rules_archive_everything_after_three_years_and_delete_nothing()
    {
        RetentionValidation.Errors(ShippedData.Retention).ShouldBeEmpty();
        ShippedData.Retention.ShortestMonths(RetentionAction.Delete).ShouldBeNull();
        foreach (var kind in Enum.GetValues<TicketKind>())
            ShippedData.Retention.Due(RetentionAction.Archive, ATicket.Closed() with { Kind = kind }, ATicket.Closed().EndedAt!.Value.AddYears(3)).ShouldNotBeNull();
    }

    [Fact]
    public void An_erasure_that_finds_a_ticket_deleted_has_nothing_to_tell_it() =>
        TicketHandler.Erase(Ticket.Unopened, Acting.Context(Ticket.Unopened, Acting.Morning, Acting.Anna)).Events.ShouldBeEmpty();

    [Theory]
    [InlineData("P3Y", 36)]
    [InlineData("P36M", 36)]
    [InlineData("P7Y6M", 90)]
    [InlineData("P0Y36M", 36)]
    [InlineData("P", null)]
    [InlineData("P3", null)]
    [InlineData("3Y", null)]
    [InlineData("P1096D", null)]
    [InlineData("P3YT1H", null)]
    [InlineData("P-3Y", null)]
    [InlineData("P6M7Y", null)]
    [InlineData("P3Y\n", null)]
    [InlineData("P9999Y", null)]
    [InlineData(null, null)]
    public void An_age_is_in_years_and_months(string? age, int? months) => RetentionAge.TryMonths(age).ShouldBe(months);

    [Fact]
    public void Three_years_from_the_29th_of_February_end_on_the_28th() =>
        RetentionAge.Ends(new DateTimeOffset(2024, 2, 29, 8, 0, 0, TimeSpan.Zero), "P3Y").ShouldBe(new DateTimeOffset(2027, 2, 28, 8, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("P2Y11M", "must be P3Y at least: records are kept for three years after closing")]
    [InlineData("P35M", "must be P3Y at least: records are kept for three years after closing")]
    [InlineData("P0Y", "must be P3Y at least: records are kept for three years after closing")]
    [InlineData("P100Y1M", "must be P100Y at most; to keep for ever, leave the kind out")]
    [InlineData("P1095D", "must be an ISO 8601 duration in years and months, such as P3Y or P7Y6M")]
    public void No_rule_is_shorter_than_three_years_or_of_another_form(string age, string error)
    {
        Errors(Archive with { Age = age })["rules[0].age"].ShouldBe(error);
        Errors(Repairs with { Age = age })["rules[0].age"].ShouldBe(error);
    }

    [Fact]
    public void Each_error_names_its_field()
    {
        Errors(Archive with { Name = "Three Years" }).Keys.ShouldBe(["rules[0].name"]);
        Errors(Archive with { Action = (RetentionAction)7 }).Keys.ShouldBe(["rules[0].action"]);
        Errors(Archive with { Kind = [TicketKind.Repair, (TicketKind)77] })["rules[0].kind[1]"].ShouldBe("is not one of the known kinds");
        Errors(Archive with { Kind = [TicketKind.Repair, TicketKind.Repair] })["rules[0].kind[1]"].ShouldBe("is named twice");
        Errors(Archive with { Kind = null! }).Keys.ShouldBe(["rules[0].kind"]);
        Errors(Archive, null!).Keys.ShouldBe(["rules[1]"]);
        Errors([.. Enumerable.Repeat(Archive, RetentionValidation.MaxRules + 1)]).Keys.ShouldBe(["rules"]);
        Errors(Archive, Repairs with { Name = Archive.Name })["rules[1].name"].ShouldBe("names an earlier rule");
    }

    [Fact]
    public void Two_rules_for_one_kind_that_do_the_same_are_refused_and_the_kind_is_named() =>
        Errors(Archive, new RetentionRule { Name = "also", Kind = [TicketKind.Complaint], Age = "P4Y", Action = RetentionAction.Archive })["rules[1].kind"]
            .ShouldBe("overlaps with rule three-years: both archive tickets of kind complaint");

    [Fact]
    public void What_is_deleted_no_later_than_it_is_archived_is_refused_in_either_order()
    {
        Errors(Archive, Repairs with { Age = "P3Y" })["rules[1].age"].ShouldBe("must be longer than P3Y, at which rule three-years archives tickets of kind repair");
        Errors(Repairs with { Age = "P36M" }, Archive)["rules[0].age"].ShouldBe("must be longer than P3Y, at which rule three-years archives tickets of kind repair");
        Errors(Archive with { Kind = [TicketKind.Complaint] }, Repairs with { Age = "P3Y" }).ShouldBeEmpty();
        Errors(Archive, Repairs).ShouldBeEmpty();
        Errors().ShouldBeEmpty();
    }

    [Fact]
    public void Every_set_that_was_in_force_is_kept()
    {
        var history = RetentionHistory.Unsaved;
        foreach (var (rules, version) in new[] { Of(Archive), Of(Archive, Repairs), Of() }.Select((r, i) => (r, i + 1)))
        {
            var published = history.Publish(rules).Event.ShouldBeOfType<RetentionRulesPublished>();
            published.RulesVersion.ShouldBe(version);
            history = history.Evolve(published, new EventMeta(version, Acting.Morning.AddDays(version), Acting.Morning.AddDays(version), Acting.Anna));
        }
        history.Versions.Select(v => v.Rules.Rules.Count).ShouldBe([1, 2, 0]);
        history.Versions[1].Rules.Rules[1].Age.ShouldBe("P5Y6M");
        history.PublishShipped(Of(Archive)).Refusal!.Code.ShouldBe("name-taken");
        history.Publish(Of(Archive with { Age = "P1Y" })).Refusal!.Code.ShouldBe("invalid-retention-rules");
    }

    private static RetentionRules Of(params RetentionRule[] rules) => new() { Rules = rules };

    private static IReadOnlyDictionary<string, string> Errors(params RetentionRule[] rules) => RetentionValidation.Errors(Of(rules));
}
