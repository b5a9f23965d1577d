using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>Tickets named by their state, each reached by acts alone.</summary>
public static class ATicket
{
    public static readonly OpenTicket Request = new()
    {
        Kind = TicketKind.Repair, Urgency = Urgency.Normal, Complexity = Complexity.Standard, Description = "开机无反应",
        Product = new ProductInfo("X200", "X200-0007731"), Contact = new Contact("王芳", "+86 138 0000 0000", null, Medium.Phone),
    };

    public static Ticket Opened() => Ticket.Unopened.After(Request, by: Acting.Shop);

    public static Ticket WithoutItsSerialNumber() => Ticket.Unopened.After(Request with { Product = new ProductInfo("X200", null) }, by: Acting.Shop);

    public static Ticket AwaitingInformation() => WithoutItsSerialNumber().After(new RequestInformation());

    public static Ticket Acknowledged() => Opened().After(new Acknowledge());

    public static Ticket InProgress() => Acknowledged().After(new Assign { Team = "repair", Assignee = "anna" });

    public static Ticket WithASolutionProposed() => InProgress().After(new ProposeSolution { Text = "重启" });

    /// <summary>A visit is agreed for the next morning.</summary>
    public static Ticket WithAVisitAgreed() => InProgress().After(new ScheduleVisit { At = Acting.Morning.AddDays(1) });

    public static Ticket WithATechnicianThere() => WithAVisitAgreed().After(new Arrive(), Acting.Morning.AddDays(1));

    public static Ticket Visited() => WithATechnicianThere().After(new CompleteVisit());

    /// <summary>Its resolution was breached; no policy is bound to it any more, so that nothing else happens to it.</summary>
    public static Ticket WithABreach() => Deadlines.Story.Opened(Deadlines.Rules.Of(Deadlines.Rules.Resolution()), "2026-11-02T00:00").Clock("2026-11-03T00:00").Ticket with { Policy = null };

    public static Ticket OnHold(HoldReason reason = HoldReason.AwaitingParts) => InProgress().After(new PutOnHold { Reason = reason });

    public static Ticket Resolved() => InProgress().After(new Resolve { Text = "换了电源" });

    public static Ticket Confirmed() => Resolved().After(new Confirm(), by: Acting.Shop);

    public static Ticket Closed() => Confirmed().After(new Close());

    public static Ticket UnderLegalHold() => Closed().After(new PlaceLegalHold { Reason = "诉讼" });

    public static Ticket Cancelled() => InProgress().After(new Cancel());

    /// <summary>A ticket of each status.</summary>
    public static Ticket ThatIs(TicketStatus status) => status switch
    {
        TicketStatus.Open => Opened(),
        TicketStatus.AwaitingInformation => AwaitingInformation(),
        TicketStatus.Acknowledged => Acknowledged(),
        TicketStatus.InProgress => InProgress(),
        TicketStatus.OnHold => OnHold(),
        TicketStatus.Resolved => Resolved(),
        TicketStatus.Confirmed => Confirmed(),
        TicketStatus.Closed => Closed(),
        TicketStatus.Cancelled => Cancelled(),
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}
