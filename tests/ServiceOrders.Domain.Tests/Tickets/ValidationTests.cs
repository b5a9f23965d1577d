using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>What is wrong with a message in itself, whatever ticket it is for.</summary>
public class ValidationTests
{
    private static readonly string LongText = new('长', Limits.Text);
    private static readonly string LongReason = new('r', Limits.Reason);
    private static readonly string LongName = new('n', Limits.Name);

    [Fact]
    public void Every_sample_is_valid_and_reports_no_error() => ActCatalog.All.ShouldAllBe(e => e.Validate(SampleActs.Of(e.Name), false).Count == 0);

    [Fact]
    public void An_empty_request_lacks_a_description_and_a_contact() => Wrong(new OpenTicket()).ShouldBe(["description", "contact"]);

    [Fact]
    public void An_empty_request_of_an_import_lacks_nothing() => ActCatalog.Open.Validate(new OpenTicket(), true).ShouldBeEmpty();

    [Fact]
    public void A_request_at_every_limit_is_valid() => Wrong(new OpenTicket
    {
        Description = LongText, Reason = LongReason, ExternalReference = LongName, Region = "CN", Channel = LongName, Product = new ProductInfo(LongName, LongName),
        Contact = new Contact(LongName, new string('1', Limits.Phone), new string('a', Limits.Email - 2) + "@b", null),
    }).ShouldBeEmpty();

    [Fact]
    public void A_request_past_every_limit_is_told_all_its_errors_at_once() => Wrong(new OpenTicket
    {
        Description = LongText + "!", Reason = LongReason + "!", ExternalReference = LongName + "!", Channel = LongName + "!", Product = new ProductInfo(LongName + "!", LongName + "!"),
        Contact = new Contact(LongName + "!", new string('1', Limits.Phone + 1), new string('a', Limits.Email - 1) + "@b", (Medium)99),
        Kind = (TicketKind)99, Urgency = (Urgency)(-1), Complexity = (Complexity)99, Tier = (CustomerTier)99, Medium = (Medium)99, Region = "Shanghai",
    }).ShouldBe(
        ["description", "externalReference", "kind", "urgency", "complexity", "tier", "product.model", "product.serialNumber", "contact.name", "contact.phone", "contact.email",
            "contact.preferredMedium", "region", "medium", "channel", "reason"]);

    [Fact]
    public void Nothing_is_agreed_or_expected_for_a_time_beyond_all_calendars()
    {
        var (last, beyond) = (new DateTimeOffset(2200, 12, 31, 23, 59, 59, TimeSpan.Zero), new DateTimeOffset(2200, 12, 31, 23, 59, 59, TimeSpan.FromHours(-1)));
        Wrong(new ScheduleVisit { At = last.AddHours(-1), Until = last }).ShouldBeEmpty();
        Wrong(new ScheduleVisit { At = beyond }).ShouldBe(["at"]);
        Wrong(new ScheduleVisit { At = last, Until = beyond }).ShouldBe(["until"]);
        Wrong(new PutOnHold { Reason = HoldReason.AwaitingParts, ExpectedUntil = last }).ShouldBeEmpty();
        Wrong(new PutOnHold { Reason = HoldReason.AwaitingParts, ExpectedUntil = beyond }).ShouldBe(["expectedUntil"]);
        Wrong(new NotifyDelay { ExpectedResolution = last }).ShouldBeEmpty();
        Wrong(new NotifyDelay { ExpectedResolution = beyond }).ShouldBe(["expectedResolution"]);
    }

    [Theory]
    [InlineData("a@b", true)]
    [InlineData("王芳@例子.中国", true)]
    [InlineData(" a@b ", true)]
    [InlineData("", true)]
    [InlineData("a", false)]
    [InlineData("@", false)]
    [InlineData("a@", false)]
    [InlineData("@b", false)]
    [InlineData("a@b@c", false)]
    [InlineData("a b@c", false)]
    public void An_address_has_one_at_sign_between_two_parts(string email, bool valid) =>
        Wrong(ATicket.Request with { Contact = new Contact(null, "138", email, null) }).ShouldBe(valid ? [] : ["contact.email"]);

    [Theory]
    [InlineData("CN", true)]
    [InlineData("CN-31", true)]
    [InlineData("GB-ENG", true)]
    [InlineData("cn-31", false)]
    [InlineData("CN-31\n", false)]
    [InlineData("CN-", false)]
    [InlineData("", false)]
    public void A_region_is_an_ISO_3166_2_code(string region, bool valid) => Wrong(ATicket.Request with { Region = region }).ShouldBe(valid ? [] : ["region"]);

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\ud800b")]
    public void What_is_stored_in_the_clear_holds_only_what_the_database_takes(string name)
    {
        Wrong(ATicket.Request with { ExternalReference = name, Product = new ProductInfo(name, name) }).ShouldBe(["externalReference", "product.model", "product.serialNumber"]);
        Wrong(new Assign { Team = name, Assignee = name }).ShouldBe(["team", "assignee"]);
        Wrong(new Escalate { To = name }).ShouldBe(["to"]);
    }

    [Fact]
    public void Sealed_text_may_hold_anything() => Wrong(new AddNote { Text = "a\0b\nc😀" }).ShouldBeEmpty();

    [Fact]
    public void A_visit_is_agreed_for_a_time_and_a_window_ends_after_it_begins()
    {
        Wrong(new ScheduleVisit()).ShouldBe(["at"]);
        Wrong(new ScheduleVisit { Until = Acting.Morning }).ShouldBe(["at"]);
        Wrong(new ScheduleVisit { At = Acting.Morning, Until = Acting.Morning }).ShouldBe(["until"]);
        Wrong(new ScheduleVisit { At = Acting.Morning, Until = Acting.Morning.AddTicks(10) }).ShouldBeEmpty();
        Wrong(new ScheduleVisit { At = Acting.Morning, Technician = "a\nb" }).ShouldBe(["technician"]);
        Acting.Entry(new ScheduleVisit()).Validate(new ScheduleVisit(), true).Select(e => e.Field).ShouldBe(["at"]);
    }

    [Fact]
    public void An_assignment_names_someone()
    {
        Wrong(new Assign()).ShouldBe(["team"]);
        Wrong(new Assign { Team = " ", Assignee = " " }).ShouldBe(["team"]);
    }

    [Theory]
    [InlineData("PT1S", true)]
    [InlineData("P30D", true)]
    [InlineData("P30DT1S", false)]
    [InlineData("PT0S", false)]
    [InlineData("-PT5M", false)]
    [InlineData("5 minutes", false)]
    [InlineData("", false)]
    [InlineData("P99999999999999D", false)]
    public void An_announced_wait_is_a_duration_of_at_most_thirty_days(string wait, bool valid) =>
        Wrong(new ContactCustomer { ExpectedWait = wait }).ShouldBe(valid ? [] : ["expectedWait"]);

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    [InlineData(null, false)]
    public void A_score_is_from_1_to_5(int? score, bool valid) => Wrong(new Rate { Score = score }).ShouldBe(valid ? [] : ["score"]);

    [Fact]
    public void A_customer_who_was_not_reached_did_not_say_whether_it_is_solved()
    {
        Wrong(new CallBack()).ShouldBeEmpty("whoever calls back without a word about it has reached the customer");
        Wrong(new CallBack { Reached = false, Solved = true }).ShouldBe(["solved"]);
        Wrong(new CallBack { Reached = false, Solved = false }).ShouldBe(["solved"]);
    }

    [Fact]
    public void Only_fields_that_exist_can_be_asked_for()
    {
        Wrong(new RequestInformation { Fields = [.. InformationFields.All] }).ShouldBeEmpty();
        Wrong(new RequestInformation { Fields = ["product.model", "the name of your dog"] }).ShouldBe(["fields"]);
        Wrong(new RequestInformation { Fields = [.. Enumerable.Repeat("product.model", Limits.Fields + 1)] }).ShouldBe(["fields"]);
        Wrong(new RequestInformation { Fields = [null!] }).ShouldBe(["fields"]);
    }

    [Fact]
    public void An_act_that_would_say_nothing_is_refused_but_for_an_import()
    {
        foreach (var (act, field) in ((TicketAct, string)[])
            [(new ReceiveMessage { Text = " " }, "text"), (new Reply { Text = "\n" }, "text"), (new AddNote(), "text")])
        {
            Wrong(act).ShouldBe([field]);
            Acting.Entry(act).Validate(act, true).ShouldBeEmpty();
        }
        foreach (var (act, field) in ((TicketAct, string)[])
            [(new PutOnHold(), "reason"), (new NotifyDelay(), "expectedResolution"), (new SupplyInformation { Product = new ProductInfo(" ", null) }, "text")])
        {
            Wrong(act).ShouldBe([field]);
            Acting.Entry(act).Validate(act, true).Select(e => e.Field).ShouldBe([field]);
        }
    }

    [Fact]
    public void A_solution_a_resolution_and_a_diagnosis_may_go_without_words()
    {
        foreach (var act in (TicketAct[])[new ProposeSolution(), new Resolve(), new Diagnose()]) Wrong(act).ShouldBeEmpty();
    }

    [Fact]
    public void A_number_that_names_nothing_is_no_value()
    {
        Wrong(new Diagnose { Cause = (FaultCause)99 }).ShouldBe(["cause"]);
        Wrong(new PutOnHold { Reason = (HoldReason)99 }).ShouldBe(["reason"]);
        Wrong(new Classify { Kind = (TicketKind)99, Urgency = (Urgency)99, Complexity = (Complexity)99, Tier = (CustomerTier)99 }).ShouldBe(["kind", "urgency", "complexity", "tier"]);
        Wrong(new Reply { Text = "!", Medium = (Medium)99 }).ShouldBe(["medium"]);
    }

    [Fact]
    public void Every_text_has_its_limit()
    {
        foreach (var act in (TicketAct[])
            [new Acknowledge { Text = LongText + "!" }, new ContactCustomer { Text = LongText + "!" }, new ReceiveMessage { Text = LongText + "!" }, new Reply { Text = LongText + "!" },
                new RequestInformation { Text = LongText + "!" }, new SupplyInformation { Text = LongText + "!" }, new ProposeSolution { Text = LongText + "!" },
                new NotifyDelay { Text = LongText + "!" }, new CompleteVisit { Text = LongText + "!" }, new Resolve { Text = LongText + "!" }, new Confirm { Text = LongText + "!" }, new CallBack { Reached = true, Text = LongText + "!" },
                new AddNote { Text = LongText + "!" }])
        {
            Wrong(act).ShouldBe(["text"], act.GetType().Name);
        }
        Wrong(new Diagnose { Cause = FaultCause.Other, Findings = LongText + "!" }).ShouldBe(["findings"]);
        Wrong(new Rate { Score = 1, Comment = LongText + "!" }).ShouldBe(["comment"]);
        Wrong(new PutOnHold { Reason = HoldReason.AwaitingParts, Detail = LongReason + "!" }).ShouldBe(["detail"]);
    }

    [Fact]
    public void Every_reason_has_its_limit()
    {
        foreach (var act in ActCatalog.All.Select(e => SampleActs.Of(e.Name)).OfType<ReasonedAct>())
        {
            Wrong(act with { Reason = LongReason }).ShouldBeEmpty(act.GetType().Name);
            Wrong(act with { Reason = LongReason + "!" }).ShouldBe(["reason"], act.GetType().Name);
        }
    }

    private static IEnumerable<string> Wrong(TicketAct act) => Acting.Entry(act).Validate(act, false).Select(e => e.Field);
}
