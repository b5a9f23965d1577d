using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>A valid message for every act of the catalog, none of which changes nothing.</summary>
public static class SampleActs
{
    public static TicketAct Of(string act) => act switch
    {
        "acknowledge" => new Acknowledge(),
        "classify" => new Classify { Urgency = Urgency.Urgent },
        "assign" => new Assign { Team = "warehouse", Assignee = "chen" },
        "contact" => new ContactCustomer(),
        "message" => new ReceiveMessage { Text = "?" },
        "reply" => new Reply { Text = "!" },
        "request-information" => new RequestInformation { Text = "?" },
        "supply-information" => new SupplyInformation { Text = "!" },
        "diagnose" => new Diagnose { Cause = FaultCause.Hardware },
        "propose-solution" => new ProposeSolution { Text = "!" },
        "hold" => new PutOnHold { Reason = HoldReason.AwaitingParts },
        "resume" => new ResumeWork(),
        "notify-delay" => new NotifyDelay { Text = "!" },
        "schedule-visit" => new ScheduleVisit { At = Acting.Morning.AddYears(2) },
        "arrive" => new Arrive(),
        "complete-visit" => new CompleteVisit { Text = "!" },
        "escalate" => new Escalate(),
        "resolve" => new Resolve { Text = "!" },
        "confirm" => new Confirm(),
        "reject" => new Reject(),
        "call-back" => new CallBack { Reached = true },
        "rate" => new Rate { Score = 5 },
        "close" => new Close(),
        "reopen" => new Reopen(),
        "cancel" => new Cancel(),
        "annotate-breach" => new AnnotateBreach { Milestone = "resolution", Reason = "!" },
        "place-legal-hold" => new PlaceLegalHold { Reason = "!" },
        "lift-legal-hold" => new LiftLegalHold { Reason = "!" },
        "note" => new AddNote { Text = "!" },
        _ => throw new ArgumentOutOfRangeException(nameof(act), act, "a new act: give it a sample"),
    };
}
