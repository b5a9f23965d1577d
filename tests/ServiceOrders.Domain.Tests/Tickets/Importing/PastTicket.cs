using System.Globalization;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Domain.Tickets.Importing;

namespace ServiceOrders.Domain.Tests.Tickets.Importing;

/// <summary>Given a ticket's history, told act by act; when it is imported at noon of 3 October 2026; then. Times are UTC, <c>2016-03-01T09:00</c>.</summary>
internal sealed class PastTicket
{
    public static readonly DateTimeOffset Now = At("2026-10-03T12:00");
    public static readonly Actor Importer = new(ActorKind.Staff, "zhang-wei");

    /// <summary>Ten hours to resolve, paused by a wait for the customer; its breach escalates, and has to be escalated by hand within four hours.</summary>
    public static readonly Policy Policy = new()
    {
        Name = "past", Version = 1,
        Milestones =
        [
            new MilestoneRule
            {
                Name = "resolution", Target = Target.OfElapsed("PT10H"), StartsOn = ["opened"], MetBy = ["resolved"], CancelledBy = ["cancelled"],
                PausedBy = [HoldReason.AwaitingCustomer], WarnAt = [50], OnBreach = [new BreachAction { Escalate = 1 }],
            },
            new MilestoneRule { Name = "satisfaction", Target = Target.OfElapsed("PT72H"), StartsOn = ["resolved"], MetBy = ["rated"], OnBreach = [new BreachAction { Escalate = 2 }] },
        ],
    };

    /// <summary>One working day, on a calendar that the log's country does not share.</summary>
    public static readonly Policy OfficePolicy = new()
    {
        Name = "office", Version = 1,
        Milestones = [new MilestoneRule { Name = "resolution", Calendar = "home", Target = Target.OfWorking("PT2H"), StartsOn = ["opened"], MetBy = ["resolved"] }],
    };

    private static readonly BusinessCalendar[] Calendars = [Office("home", "Asia/Shanghai"), Office("abroad", "Europe/Lisbon")];

    private readonly OpenTicket _opening;
    private readonly string? _openedBy;
    private readonly List<PastAct> _acts = [];

    private PastTicket(OpenTicket opening, string? by) => (_opening, _openedBy) = (opening, by);

    public static PastTicket Opened(string at, string? by = null) =>
        new(new OpenTicket { ExternalReference = "INC-1", Kind = TicketKind.Consultation, Description = "no dial tone", OccurredAt = At(at) }, by);

    public PastTicket Then(string at, string act, TicketAct message, string? by = null)
    {
        _acts.Add(new PastAct(ActCatalog.Find(act)!, message with { OccurredAt = At(at) }, by));
        return this;
    }

    public ImportOutcome Imported(string policy = "past", string? calendar = null) => Decide(new ImportedHistory(new PastAct(ActCatalog.Open, _opening, _openedBy), _acts), policy, calendar);

    public static ImportOutcome Decide(ImportedHistory history, string? policy = "past", string? calendar = null) => TicketImport.Decide(history, new ActContext
    {
        Now = Now, Actor = Importer, Rules = new Rulebook([new PublishedPolicy(Policy, Now), new PublishedPolicy(OfficePolicy, Now), new PublishedPolicy(ShippedData.FieldServicePolicy with { Version = 1 }, Now)], Calendars), Seal = text => $"sealed({text})",
        Opening = new Opening("SO-1", Guid.CreateVersion7(), "old-desk", Medium.Phone, Classifier.Empty, policy, calendar),
    });

    public static DateTimeOffset At(string utc) => DateTimeOffset.Parse(utc + "Z", CultureInfo.InvariantCulture);

    private static BusinessCalendar Office(string name, string zone) => BusinessCalendar.Compile(new CalendarDefinition
    {
        Name = name, TimeZone = zone,
        Week = new[] { "monday", "tuesday", "wednesday", "thursday", "friday" }.ToDictionary(day => day, _ => (IReadOnlyList<IReadOnlyList<string>>)[["09:00", "17:00"]]),
    }, 1);
}

internal static class ImportOutcomeReading
{
    public static IReadOnlyList<ITicketEvent> All(this ImportOutcome outcome) => [.. outcome.Events.Select(e => e.Happened.Event)];

    public static MilestoneCycle Milestone(this ImportOutcome outcome, string name) => outcome.Ticket.Milestones.Last(m => m.Name == name);
}
