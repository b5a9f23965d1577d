using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Domain.Tickets.Importing;
using static ServiceOrders.Domain.Tests.Tickets.Importing.PastTicket;

namespace ServiceOrders.Domain.Tests.Tickets.Importing;

public class TicketImportTests
{
    [Fact]
    public void Deadlines_are_computed_as_of_then()
    {
        var imported = Opened("2016-03-01T09:00").Then("2016-03-01T18:59", "resolve", new Resolve()).Then("2016-03-02T08:00", "close", new Close()).Imported();

        imported.Fault.ShouldBeNull();
        var resolution = imported.Milestone("resolution");
        resolution.State.ShouldBe(MilestoneState.Met);
        resolution.DueAt.ShouldBe(At("2016-03-01T19:00"));
        resolution.MetAt.ShouldBe(At("2016-03-01T18:59"));
        imported.Ticket.Status.ShouldBe(TicketStatus.Closed);
        imported.Ticket.OpenedAt.ShouldBe(At("2016-03-01T09:00"));
    }

    [Fact]
    public void Visits_of_the_past_were_kept_or_missed_as_of_then()
    {
        var imported = Opened("2016-03-01T09:00").Then("2016-03-01T10:00", "schedule-visit", new ScheduleVisit { At = At("2016-03-02T09:00") })
            .Then("2016-03-02T11:00", "schedule-visit", new ScheduleVisit { At = At("2016-03-04T09:00"), Technician = "zhao" }).Then("2016-03-04T08:50", "arrive", new Arrive())
            .Then("2016-03-04T10:00", "complete-visit", new CompleteVisit()).Imported("field-service");

        imported.Fault.ShouldBeNull();
        imported.Ticket.Milestones.Where(m => m.Name == "arrival").Select(m => (m.Cycle, m.State, m.Overrun)).ShouldBe(
            [(1, MilestoneState.MetLate, TimeSpan.FromHours(2)), (2, MilestoneState.Met, null)]);
        imported.All().OfType<MilestoneBreached>().ShouldAllBe(b => b.Historical);
        imported.Ticket.Visit.ShouldBe(new Visit(At("2016-03-04T09:00"), null, "zhao", At("2016-03-04T08:50"), At("2016-03-04T10:00")));

        Opened("2016-03-01T09:00").Then("2016-03-04T08:50", "arrive", new Arrive()).Imported("field-service").Fault.ShouldNotBeNull().Refusal!.Code.ShouldBe("no-visit");
    }

    [Fact]
    public void What_falls_due_on_the_way_stands_between_the_acts_where_it_belongs()
    {
        var imported = Opened("2016-03-01T09:00").Then("2016-03-01T20:00", "resolve", new Resolve()).Imported();

        imported.All().Select(e => e.GetType().Name).Take(6).ShouldBe(
            [nameof(TicketOpened), nameof(MilestoneStarted), nameof(MilestoneWarned), nameof(MilestoneBreached), nameof(TicketResolved), nameof(MilestoneMet)]);
        imported.Events.Select(e => e.Happened.OccurredAt).ShouldBeInOrder();
        imported.Milestone("resolution").State.ShouldBe(MilestoneState.MetLate);
        imported.Milestone("resolution").Overrun.ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public void Breaches_and_warnings_of_the_past_are_marked_historical_and_set_nothing_off()
    {
        var imported = Opened("2016-03-01T09:00").Imported();

        var breach = imported.All().OfType<MilestoneBreached>().ShouldHaveSingleItem();
        breach.Historical.ShouldBeTrue();
        breach.DueAt.ShouldBe(At("2016-03-01T19:00"));
        breach.SettledAt.ShouldBe(Now);
        imported.All().OfType<MilestoneWarned>().ShouldHaveSingleItem().Historical.ShouldBeTrue();
        imported.All().OfType<TicketEscalated>().ShouldBeEmpty();
        imported.Ticket.EscalationLevel.ShouldBe(0);
        imported.Ticket.NextDue.ShouldBeNull();
    }

    [Fact]
    public void What_still_runs_is_due_in_the_future_and_nothing_else()
    {
        var imported = Opened("2026-10-03T08:00").Imported();

        imported.Milestone("resolution").State.ShouldBe(MilestoneState.Running);
        imported.Ticket.NextDue.ShouldBe(At("2026-10-03T13:00"));
        imported.All().OfType<MilestoneWarned>().ShouldBeEmpty();
    }

    [Fact]
    public void A_clock_that_runs_on_after_the_closing_is_due_still()
    {
        var imported = Opened("2026-10-01T08:00").Then("2026-10-01T09:00", "resolve", new Resolve()).Then("2026-10-01T10:00", "close", new Close()).Imported();

        imported.Milestone("satisfaction").State.ShouldBe(MilestoneState.Running);
        imported.Ticket.NextDue.ShouldBe(At("2026-10-04T09:00"));
    }

    [Fact]
    public void A_wait_for_the_customer_is_not_counted()
    {
        var imported = Opened("2016-03-01T09:00").Then("2016-03-01T10:00", "hold", new PutOnHold { Reason = HoldReason.AwaitingCustomer })
            .Then("2016-03-03T10:00", "resume", new ResumeWork()).Then("2016-03-03T18:00", "resolve", new Resolve()).Imported();

        imported.Milestone("resolution").State.ShouldBe(MilestoneState.Met);
        imported.Milestone("resolution").DueAt.ShouldBe(At("2016-03-03T19:00"));
    }

    [Fact]
    public void Whoever_imports_is_the_actor_and_whom_the_log_names_stands_beside_but_not_beside_the_clocks_events()
    {
        var imported = Opened("2016-03-01T09:00", by: "Opened by 8").Then("2016-03-01T20:00", "resolve", new Resolve(), by: "Resolved by 149").Imported();

        foreach (var (happened, by, _) in imported.Events)
        {
            if (happened.Event is MilestoneWarned or MilestoneBreached) (happened.Actor, by).ShouldBe((Actor.Clock, null));
            else happened.Actor.ShouldBe(Importer);
        }
        imported.Events.First(e => e.Happened.Event is TicketOpened).By.ShouldBe("Opened by 8");
        imported.Events.First(e => e.Happened.Event is TicketResolved).By.ShouldBe("Resolved by 149");
    }

    [Fact]
    public void A_calendar_stands_in_for_the_one_that_the_policy_names()
    {
        // Tuesday 08:00 UTC is 16:00 in Shanghai, where one working hour is left, and 08:00 in Lisbon, an hour before opening.
        Opened("2016-03-01T08:00").Imported("office").Milestone("resolution").DueAt.ShouldBe(At("2016-03-02T02:00"));

        var abroad = Opened("2016-03-01T08:00").Imported("office", "abroad");
        abroad.Milestone("resolution").DueAt.ShouldBe(At("2016-03-01T11:00"));
        abroad.All().OfType<TicketOpened>().Single().Calendar.ShouldBe("abroad");
        abroad.Milestone("resolution").Calendar.ShouldBe("abroad");
    }

    [Fact]
    public void Without_a_policy_named_none_that_came_later_binds_the_past()
    {
        var imported = Decide(new ImportedHistory(new PastAct(ActCatalog.Open, new OpenTicket { ExternalReference = "INC-1", OccurredAt = At("2016-03-01T09:00") }, null), []), policy: null);

        imported.Fault.ShouldBeNull();
        imported.Ticket.Policy.ShouldBeNull();
        imported.Ticket.Milestones.ShouldBeEmpty();
    }

    [Fact]
    public void A_contact_and_texts_may_be_missing()
    {
        var imported = Decide(new ImportedHistory(new PastAct(ActCatalog.Open, new OpenTicket { ExternalReference = "INC-1", OccurredAt = At("2016-03-01T09:00") }, null), []));

        imported.Fault.ShouldBeNull();
        imported.All().OfType<TicketOpened>().Single().SealedContact.ShouldBeNull();
    }

    [Fact]
    public void An_act_that_the_state_forbids_refuses_the_whole_history_and_is_named()
    {
        var imported = Opened("2016-03-01T09:00").Then("2016-03-01T10:00", "acknowledge", new Acknowledge()).Then("2016-03-01T11:00", "close", new Close()).Imported();

        imported.Events.ShouldBeEmpty();
        imported.Fault.ShouldNotBeNull();
        (imported.Fault.Step, imported.Fault.Act, imported.Fault.Refusal?.Code).ShouldBe((2, "close", "not-resolved"));
    }

    [Fact]
    public void An_act_of_the_future_is_refused()
    {
        var imported = Opened("2016-03-01T09:00").Then("2026-10-03T12:01", "acknowledge", new Acknowledge()).Imported();

        imported.Fault?.Refusal?.Code.ShouldBe("occurred-in-the-future");
        imported.Events.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1969-12-31T23:59")]
    public void A_time_is_needed_and_has_to_be_possible(string? at)
    {
        var opening = new OpenTicket { ExternalReference = "INC-1", OccurredAt = at is null ? null : At(at) };
        var imported = Decide(new ImportedHistory(new PastAct(ActCatalog.Open, opening, null), []));

        imported.Fault?.Errors.ShouldHaveSingleItem().Field.ShouldBe("occurredAt");
        imported.Events.ShouldBeEmpty();
    }

    [Fact]
    public void A_message_that_is_wrong_in_itself_is_refused_with_its_fields()
    {
        var imported = Opened("2016-03-01T09:00").Then("2016-03-01T10:00", "hold", new PutOnHold(), by: new string('x', 201)).Imported();

        imported.Fault?.Step.ShouldBe(1);
        imported.Fault?.Errors.Select(e => e.Field).ShouldBe(["reason", "by"]);
    }

    [Fact]
    public void A_history_of_too_many_acts_is_refused()
    {
        var past = Opened("2016-03-01T09:00");
        for (var i = 0; i <= TicketImport.MostActs; i++) past.Then("2016-03-01T10:00", "note", new AddNote { Text = "again" });

        past.Imported().Fault?.Errors.ShouldHaveSingleItem().Field.ShouldBe("acts");
    }

    [Fact]
    public void A_history_that_comes_to_more_events_than_one_append_takes_is_refused()
    {
        var past = Opened("2016-03-01T09:00");
        for (var i = 0; i < 249; i++) past.Then("2016-03-01T10:00", "resolve", new Resolve()).Then("2016-03-01T10:00", "reopen", new Reopen());

        var imported = past.Imported();

        imported.Fault?.Refusal?.Code.ShouldBe("too-many-events");
        imported.Events.ShouldBeEmpty();
    }

    [Fact]
    public void Acts_that_the_log_tells_out_of_order_take_effect_in_the_order_in_which_they_are_told()
    {
        var imported = Opened("2016-03-01T09:00").Then("2016-03-01T12:00", "acknowledge", new Acknowledge()).Then("2016-03-01T11:00", "resolve", new Resolve()).Imported();

        imported.Fault.ShouldBeNull();
        imported.Milestone("resolution").MetAt.ShouldBe(At("2016-03-01T12:00"));
        imported.Events.Select(e => e.Happened.OccurredAt).ShouldBeInOrder();
    }

    [Fact]
    public void The_events_alone_tell_the_ticket_that_was_decided()
    {
        var imported = Opened("2016-03-01T09:00").Then("2016-03-01T10:00", "hold", new PutOnHold { Reason = HoldReason.AwaitingCustomer })
            .Then("2016-03-03T10:00", "resume", new ResumeWork()).Then("2016-03-03T23:00", "resolve", new Resolve()).Then("2016-03-04T10:00", "reopen", new Reopen())
            .Then("2016-03-04T11:00", "resolve", new Resolve()).Then("2016-03-05T10:00", "close", new Close()).Imported();

        var version = 0L;
        var folded = imported.Events.Aggregate(Ticket.Unopened, (t, e) => t.Evolve(e.Happened.Event, new EventMeta(++version, e.Happened.OccurredAt, Now, e.Happened.Actor)));

        folded.Version.ShouldBe(imported.Ticket.Version);
        folded.Status.ShouldBe(imported.Ticket.Status);
        folded.NextDue.ShouldBe(imported.Ticket.NextDue);
        folded.Milestones.Select(m => (m.Name, m.Cycle, m.State, m.DueAt)).ShouldBe(imported.Ticket.Milestones.Select(m => (m.Name, m.Cycle, m.State, m.DueAt)));
    }
}
