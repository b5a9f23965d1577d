using System.Text.Json.Nodes;
using ServiceOrders.Cli.ServiceNow;
using ServiceOrders.Cli.Tests.Given;

namespace ServiceOrders.Cli.Tests.ServiceNow;

public class IncidentStoryTests
{
    private static LogFile Incident(params (string, string)[] values) => new LogFile().Incident("INC1", "01-03-2016 09:00", values);

    private static JsonObject Told(LogFile log)
    {
        var incident = new IncidentLog(log.Stream, row => throw new InvalidOperationException(row.Reason)).Read().ToList().ShouldHaveSingleItem();
        return IncidentStory.Tell(incident);
    }

    /// <summary>Acts as <c>act time by</c>.</summary>
    private static string[] Acts(LogFile log) =>
        [.. Told(log)["acts"]!.AsArray().Select(a => $"{a!["act"]} {((string)a["occurredAt"]!)[5..16]} {a["by"]}".TrimEnd())];

    [Fact]
    public void What_is_known_of_an_incident_opens_its_ticket()
    {
        var told = Told(Incident(("opened_by", "Opened by 8"), ("caller_id", "Caller 2"), ("priority", "1 - Critical"), ("category", "Category 5"), ("u_symptom", "Symptom 7"))
            .Row("01-03-2016 09:05", "New", "Ann"));

        ((string?)told["externalReference"]).ShouldBe("INC1");
        ((string?)told["occurredAt"]).ShouldBe("2016-03-01T09:00:00");
        ((string?)told["by"]).ShouldBe("Opened by 8");
        ((string?)told["kind"]).ShouldBe("repair");
        ((string?)told["urgency"]).ShouldBe("urgent");
        ((string?)told["medium"]).ShouldBe("phone");
        ((string?)told["contact"]!["name"]).ShouldBe("Caller 2");
        ((string?)told["description"]).ShouldBe("Incident INC1, imported from ServiceNow; the log has no text of the caller's. Category: Category 5; Symptom: Symptom 7.");
    }

    [Fact]
    public void What_is_unknown_is_left_out()
    {
        var told = Told(new LogFile().Incident("INC1", "01-03-2016 09:00", ("contact_type", "?"), ("priority", "?")).Row("01-03-2016 09:05", "New", "?"));

        told.ContainsKey("medium").ShouldBeFalse();
        told.ContainsKey("contact").ShouldBeFalse();
        told.ContainsKey("by").ShouldBeFalse();
        told["acts"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public void The_usual_course_is_told_act_by_act() => Acts(Incident(("opened_by", "Eve"), ("resolved_by", "Bob"), ("resolved_at", "01-03-2016 12:00"))
        .Row("01-03-2016 09:05", "New", "Ann", ("assignment_group", "Group 1"))
        .Row("01-03-2016 10:00", "Active", "Bob", ("assignment_group", "Group 1"), ("assigned_to", "Bob"))
        .Row("01-03-2016 12:00", "Resolved", "Bob", ("assignment_group", "Group 1"), ("assigned_to", "Bob"))
        .Row("06-03-2016 13:00", "Closed", "System", ("assignment_group", "Group 1"), ("assigned_to", "Bob")))
        .ShouldBe(["contact 03-01T09:00 Eve", "assign 03-01T09:05 Ann", "acknowledge 03-01T10:00 Bob", "assign 03-01T10:00 Bob", "resolve 03-01T12:00 Bob", "close 03-06T13:00 System"]);

    [Fact]
    public void Nobody_who_is_not_named_is_said_to_have_answered_or_acknowledged() => Acts(Incident()
        .Row("01-03-2016 09:05", "New", "Ann").Row("01-03-2016 10:00", "Resolved", "Bob").Row("01-03-2016 11:00", "Closed", "Bob"))
        .ShouldBe(["resolve 03-01T10:00 Bob", "close 03-01T11:00 Bob"]);

    [Fact]
    public void Waits_are_held_and_resumed_and_another_reason_is_another_wait()
    {
        var log = Incident().Row("01-03-2016 09:05", "Active", "Ann").Row("01-03-2016 10:00", "Awaiting User Info", "Ann").Row("02-03-2016 10:00", "Awaiting User Info", "Cid")
            .Row("03-03-2016 10:00", "Awaiting Vendor", "Ann").Row("04-03-2016 10:00", "Awaiting Evidence", "Ann").Row("05-03-2016 10:00", "Active", "Bob").Row("05-03-2016 11:00", "Resolved", "Bob");

        Acts(log).ShouldBe(["acknowledge 03-01T09:05 Ann", "hold 03-01T10:00 Ann", "resume 03-03T10:00 Ann", "hold 03-03T10:00 Ann", "resume 03-05T10:00 Bob", "resolve 03-05T11:00 Bob"]);
        Told(log)["acts"]!.AsArray().Where(a => (string?)a!["act"] == "hold").Select(a => (string?)a!["reason"]).ShouldBe(["awaitingCustomer", "awaitingThirdParty"]);
    }

    [Fact]
    public void Resolving_ends_a_wait_by_itself() => Acts(Incident().Row("01-03-2016 09:05", "Awaiting User Info", "Ann").Row("02-03-2016 10:00", "Resolved", "Ann"))
        .ShouldBe(["hold 03-01T09:05 Ann", "resolve 03-02T10:00 Ann"]);

    [Fact]
    public void An_incident_that_goes_on_after_it_was_resolved_is_reopened() => Acts(Incident(("resolved_at", "03-03-2016 10:00"))
        .Row("01-03-2016 09:05", "Resolved", "Ann").Row("02-03-2016 09:00", "Awaiting Vendor", "Bob").Row("03-03-2016 10:00", "Resolved", "Bob").Row("04-03-2016 10:00", "Closed", "Bob"))
        .ShouldBe(["resolve 03-01T09:05 Ann", "reopen 03-02T09:00 Bob", "hold 03-02T09:00 Bob", "resolve 03-03T10:00 Bob", "close 03-04T10:00 Bob"]);

    [Fact]
    public void Where_the_final_word_moves_the_resolution_within_the_time_it_was_shown_as_resolved_the_later_time_is_taken() => Acts(Incident(("resolved_at", "01-03-2016 11:29"))
        .Row("01-03-2016 08:53", "Resolved", "Ann").Row("01-03-2016 11:29", "Resolved", "Bob").Row("05-03-2016 12:00", "Closed", "Bob"))
        .ShouldBe(["resolve 03-01T11:29 Ann", "close 03-05T12:00 Bob"]);

    [Fact]
    public void A_final_word_from_outside_that_time_is_not_taken() => Acts(Incident(("resolved_at", "04-03-2016 11:29"), ("closed_at", "01-03-2016 09:30"))
        .Row("01-03-2016 10:00", "Resolved", "Ann").Row("02-03-2016 12:00", "Closed", "Bob"))
        .ShouldBe(["resolve 03-01T10:00 Ann", "close 03-02T12:00 Bob"]);

    [Fact]
    public void An_incident_closed_without_being_shown_as_resolved_was_resolved_by_then() => Acts(Incident(("resolved_at", "01-03-2016 11:00"), ("resolved_by", "Bob"))
        .Row("01-03-2016 10:00", "Active", "Ann").Row("02-03-2016 12:00", "Closed", "Ann"))
        .ShouldBe(["acknowledge 03-01T10:00 Ann", "resolve 03-01T11:00 Bob", "close 03-02T12:00 Ann"]);

    [Fact]
    public void Another_priority_is_another_classification_where_it_makes_a_difference() => Acts(Incident()
        .Row("01-03-2016 09:05", "New", "Ann").Row("01-03-2016 09:10", "New", "Ann", ("priority", "4 - Low")).Row("01-03-2016 09:20", "New", "Bob", ("priority", "2 - High")))
        .ShouldBe(["classify 03-01T09:20 Bob"]);

    [Fact]
    public void A_group_that_takes_over_without_a_person_is_told_as_such()
    {
        var log = Incident().Row("01-03-2016 09:05", "New", "Ann", ("assignment_group", "Group 1"), ("assigned_to", "Bob"))
            .Row("01-03-2016 10:00", "New", "Ann", ("assignment_group", "Group 2")).Row("01-03-2016 11:00", "New", "Ann").Row("01-03-2016 12:00", "New", "Ann", ("assignment_group", "Group 2"));

        Told(log)["acts"]!.AsArray().Select(a => $"{a!["team"]}/{a["assignee"]}").ShouldBe(["Group 1/Bob", "Group 2/"]);
    }

    [Fact]
    public void Changes_after_the_closing_tell_nothing() => Acts(Incident(("closed_at", "03-03-2016 10:00")).Row("01-03-2016 10:00", "Resolved", "Ann")
        .Row("02-03-2016 10:00", "Closed", "Ann").Row("03-03-2016 10:00", "Closed", "Bob", ("assignment_group", "Group 9"), ("priority", "1 - Critical")))
        .ShouldBe(["resolve 03-01T10:00 Ann", "close 03-03T10:00 Ann"]);

    [Fact]
    public void A_row_that_claims_to_be_later_than_the_next_happened_no_later_and_none_before_the_opening() => Acts(Incident()
        .Row("01-03-2016 11:10", "New", "Ann", ("assignment_group", "Group 1")).Row("01-03-2016 08:00", "New", "Ann", ("assignment_group", "Group 2"))
        .Row("01-03-2016 11:03", "Resolved", "Ann", ("assignment_group", "Group 2")))
        .ShouldBe(["assign 03-01T09:00 Ann", "assign 03-01T09:00 Ann", "resolve 03-01T11:03 Ann"]);

    [Fact]
    public void A_state_that_was_lost_changes_nothing() => Acts(Incident().Row("01-03-2016 09:05", "Active", "Ann").Row("01-03-2016 10:00", "-100", "Ann").Row("01-03-2016 11:00", "Resolved", "Ann"))
        .ShouldBe(["acknowledge 03-01T09:05 Ann", "resolve 03-01T11:00 Ann"]);

    [Fact]
    public void A_state_that_nobody_knows_refuses_the_incident() =>
        Should.Throw<InvalidDataException>(() => Told(Incident().Row("01-03-2016 09:05", "Pondering", "Ann"))).Message.ShouldContain("row 2");
}
