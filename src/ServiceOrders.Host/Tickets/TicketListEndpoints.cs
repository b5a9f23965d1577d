using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tickets;

/// <summary><c>GET /v1/tickets</c>: the queue, by every filter that it has.</summary>
public static class TicketListEndpoints
{
    private static readonly QueryParameter[] Parameters =
    [
        new("status", typeof(TicketStatus), "Where they stand.", Many: true),
        new("kind", typeof(TicketKind), "What is asked for.", Many: true),
        new("urgency", typeof(Urgency), "How soon.", Many: true),
        new("complexity", typeof(Complexity), "How hard.", Many: true),
        new("tier", typeof(CustomerTier), "The customers' tiers.", Many: true),
        new("medium", typeof(Medium), "How they came.", Many: true),
        new("channel", typeof(string), "Channels by name; a channel sees its own tickets alone.", Many: true),
        new("team", typeof(string), "Teams responsible.", Many: true),
        new("assignee", typeof(string), "Persons responsible.", Many: true),
        new("region", typeof(string), "ISO 3166-2 regions.", Many: true),
        new("externalReference", typeof(string), "The channels' own references.", Many: true),
        new("serialNumber", typeof(string), "Serial numbers of products.", Many: true),
        new("breached", typeof(bool), "Whether a deadline was ever breached."),
        new("milestone", typeof(string), "Milestones by name that are promised and open.", Many: true),
        new("milestoneState", typeof(PromiseState), "How a promise stands (one of milestone, when that is given): running, paused, or breached, which is missed and still owed.", Many: true),
        new("dueBefore", typeof(DateTimeOffset), "The next deadline is before this."),
        new("openedFrom", typeof(DateTimeOffset), "Opened at this instant or later."),
        new("openedTo", typeof(DateTimeOffset), "Opened before this instant."),
        new("sort", typeof(QueueSort), "By what: openedAt when left out. priority is urgency (the green lane first), then tier, then the next deadline; ended tickets come last. overdueSince is the earliest deadline missed and still owed, and lists only tickets with one."),
        new("order", typeof(ListOrder), "From which end; when left out, descending for openedAt and updatedAt, ascending for nextDueAt, priority and overdueSince."),
        QueryParameter.Limit,
        QueryParameter.Cursor,
    ];

    /// <summary>Maps it.</summary>
    public static void MapTicketLists(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/tickets", ListAsync).Describe("listTickets", "Tickets", "Lists tickets: the queue.", TicketTexts.List).ForReaders()
            .Query(Parameters).Answers<Page<TicketView>>(200, "A page of them.").Refuses(ProblemTypes.InvalidParameter);

    private static async Task<IResult> ListAsync(HttpContext http, TicketReader tickets)
    {
        var query = Query.Of(http);
        var sort = query.One<QueueSort>("sort") ?? QueueSort.OpenedAt;
        var order = query.One<ListOrder>("order") ?? (sort is QueueSort.OpenedAt or QueueSort.UpdatedAt ? ListOrder.Descending : ListOrder.Ascending);
        var page = await tickets.ListAsync(TicketAnswers.Reading(http), FilterOf(query), sort, order == ListOrder.Descending, query.Text("cursor"), query.Limit(), http.RequestAborted);
        return new Answer(page);
    }

    private static QueueFilter FilterOf(Query query) => new()
    {
        Status = query.Many<TicketStatus>("status"), Kind = query.Many<TicketKind>("kind"), Urgency = query.Many<Urgency>("urgency"),
        Complexity = query.Many<Complexity>("complexity"), Tier = query.Many<CustomerTier>("tier"), Medium = query.Many<Medium>("medium"),
        Channel = query.Texts("channel"), Team = query.Texts("team"), Assignee = query.Texts("assignee"), Region = query.Texts("region"),
        ExternalReference = query.Texts("externalReference"), SerialNumber = query.Texts("serialNumber"), Breached = query.Flag("breached"),
        Milestone = query.Texts("milestone"), MilestoneState = query.Many<PromiseState>("milestoneState"),
        DueBefore = query.Instant("dueBefore"), OpenedFrom = query.Instant("openedFrom"), OpenedTo = query.Instant("openedTo"),
    };
}

/// <summary>From which end a list is read.</summary>
public enum ListOrder
{
    /// <summary>The smallest or earliest first.</summary>
    Ascending,
    /// <summary>The largest or latest first.</summary>
    Descending,
}
