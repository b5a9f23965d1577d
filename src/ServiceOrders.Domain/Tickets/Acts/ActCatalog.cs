namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>Who may do an act.</summary>
[Flags]
public enum Callers
{
    /// <summary>Nobody.</summary>
    None = 0,
    /// <summary>The ticket's own channel, for its customer.</summary>
    Channel = 1,
    /// <summary>客服.</summary>
    Agent = 2,
    /// <summary>技术.</summary>
    Technician = 4,
    /// <summary>主管.</summary>
    Supervisor = 8,
    /// <summary>Runs the service; may do everything that staff may.</summary>
    Administrator = 16,
    /// <summary>Staff who handle tickets.</summary>
    Handlers = Agent | Technician | Supervisor | Administrator,
}

/// <summary>An act by its name: the one table that endpoints, import and simulation read.</summary>
/// <param name="Name">Kebab case, as in the route.</param>
/// <param name="Message">The message's type, a <see cref="TicketAct"/>.</param>
/// <param name="Validate">
/// What is wrong with a message in itself, whatever ticket it is for: every error with its field, answered 422. To be asked before <paramref name="Decide"/>.
/// True for an import of the past, where texts and the contact may be missing.
/// </param>
/// <param name="Decide">Its decision, about a valid message.</param>
/// <param name="Callers">Who may do it.</param>
/// <param name="Summary">One sentence, for the OpenAPI document.</param>
public sealed record ActEntry(
    string Name, Type Message, Func<TicketAct, bool, IReadOnlyList<FieldError>> Validate, Func<Ticket, TicketAct, ActContext, Decision> Decide, Callers Callers,
    string Summary);

/// <summary>All acts on an opened ticket.</summary>
public static class ActCatalog
{
    private const Callers Everyone = Callers.Channel | Callers.Handlers;

    /// <summary>The one act that makes a ticket; not among <see cref="All"/>, which need one.</summary>
    public static readonly ActEntry Open = Act<OpenTicket>("open", OpenTicket.Validate, OpenTicket.Decide, Everyone, "Opens a ticket (受理).");

    /// <summary>Every act, in the order of the story.</summary>
    public static readonly IReadOnlyList<ActEntry> All =
    [
        OnTicket<Acknowledge>("acknowledge", Acknowledge.Validate, Acknowledge.Decide, Callers.Handlers, "Confirms receipt to the customer (确认接收)."),
        OnTicket<Classify>("classify", Classify.Validate, Classify.Decide, Callers.Handlers, "Corrects kind, urgency, complexity or tier (分级分类)."),
        OnTicket<Assign>("assign", Assign.Validate, Assign.Decide, Callers.Handlers, "Makes a team, then a person, responsible (派工)."),
        OnTicket<ContactCustomer>("contact", ContactCustomer.Validate, ContactCustomer.Decide, Callers.Handlers,
            "Records the first response, or a notice of queueing (响应)."),
        OnTicket<ReceiveMessage>("message", ReceiveMessage.Validate, ReceiveMessage.Decide, Everyone,
            "Takes a message of the customer; ends a wait for the customer."),
        OnTicket<Reply>("reply", Reply.Validate, Reply.Decide, Callers.Handlers, "Replies to the customer."),
        OnTicket<RequestInformation>("request-information", RequestInformation.Validate, RequestInformation.Decide, Callers.Handlers,
            "Asks the customer for what is missing; the ticket waits for the answer."),
        OnTicket<SupplyInformation>("supply-information", SupplyInformation.Validate, SupplyInformation.Decide, Everyone,
            "Takes what the customer supplies; ends a wait for the customer."),
        OnTicket<Diagnose>("diagnose", Diagnose.Validate, Diagnose.Decide, Callers.Handlers, "Records the fault's cause (诊断)."),
        OnTicket<ProposeSolution>("propose-solution", ProposeSolution.Validate, ProposeSolution.Decide, Callers.Handlers,
            "Proposes a preliminary solution (初步解决方案)."),
        OnTicket<PutOnHold>("hold", PutOnHold.Validate, PutOnHold.Decide, Callers.Handlers,
            "Makes the ticket wait for the customer, for parts or for a third party."),
        OnTicket<ResumeWork>("resume", ResumeWork.Validate, ResumeWork.Decide, Callers.Handlers, "Ends the wait."),
        OnTicket<NotifyDelay>("notify-delay", NotifyDelay.Validate, NotifyDelay.Decide, Callers.Handlers,
            "Tells the customer of a delay and of the time now expected (主动告知)."),
        OnTicket<ScheduleVisit>("schedule-visit", ScheduleVisit.Validate, ScheduleVisit.Decide, Callers.Handlers,
            "Agrees a visit with the customer, or another time for it (预约上门)."),
        OnTicket<Arrive>("arrive", Arrive.Validate, Arrive.Decide, Callers.Handlers, "Records that the technician has arrived at the customer's (到达现场)."),
        OnTicket<CompleteVisit>("complete-visit", CompleteVisit.Validate, CompleteVisit.Decide, Callers.Handlers, "Records that the visit is over, and what was done."),
        OnTicket<Escalate>("escalate", Escalate.Validate, Escalate.Decide, Callers.Handlers, "Takes the ticket a level up (启动升级)."),
        OnTicket<Resolve>("resolve", Resolve.Validate, Resolve.Decide, Callers.Handlers, "Gives the resolution; the customer has the word."),
        OnTicket<Confirm>("confirm", Confirm.Validate, Confirm.Decide, Everyone, "The customer confirms the resolution (闭环)."),
        OnTicket<Reject>("reject", Reject.Validate, Reject.Decide, Everyone,
            "The customer rejects what is pending: the preliminary solution, or the resolution, which reopens."),
        OnTicket<CallBack>("call-back", CallBack.Validate, CallBack.Decide, Callers.Handlers,
            "Records a follow-up call by someone who did not do the work (回访)."),
        OnTicket<Rate>("rate", Rate.Validate, Rate.Decide, Everyone, "The customer rates the service from 1 to 5 (满意度)."),
        OnTicket<Close>("close", Close.Validate, Close.Decide, Callers.Handlers, "Closes a resolved ticket."),
        OnTicket<Reopen>("reopen", Reopen.Validate, Reopen.Decide, Everyone, "Opens a resolved, confirmed or closed ticket again."),
        OnTicket<Cancel>("cancel", Cancel.Validate, Cancel.Decide, Everyone, "Withdraws the request."),
        OnTicket<AnnotateBreach>("annotate-breach", AnnotateBreach.Validate, AnnotateBreach.Decide, Callers.Handlers, "Explains why a deadline was breached; the breach stays."),
        OnTicket<PlaceLegalHold>("place-legal-hold", PlaceLegalHold.Validate, PlaceLegalHold.Decide, Callers.Supervisor | Callers.Administrator,
            "Keeps everything of the ticket from deletion, archiving and erasure until the hold is lifted; brings an archived ticket back."),
        OnTicket<LiftLegalHold>("lift-legal-hold", LiftLegalHold.Validate, LiftLegalHold.Decide, Callers.Supervisor | Callers.Administrator, "Ends the legal hold."),
        OnTicket<AddNote>("note", AddNote.Validate, AddNote.Decide, Callers.Handlers, "Adds an internal note."),
    ];

    /// <summary>The act of that name; null when there is none.</summary>
    public static ActEntry? Find(string name) => All.FirstOrDefault(a => a.Name == name);

    /// <summary>An act on a ticket that exists: before its opening everything is refused.</summary>
    private static ActEntry OnTicket<T>(string name, Action<T, Check> validate, Func<Ticket, T, ActContext, Decision> decide, Callers callers, string summary)
        where T : TicketAct => Act<T>(
        name, validate, (ticket, act, context) => ticket.IsOpened ? decide(ticket, act, context) : Refusal.State("not-opened", "There is no ticket yet."), callers, summary);

    private static ActEntry Act<T>(string name, Action<T, Check> validate, Func<Ticket, T, ActContext, Decision> decide, Callers callers, string summary)
        where T : TicketAct => new(
        name, typeof(T), (act, historical) => Check.Of((T)act, historical, validate), (ticket, act, context) => decide(ticket, (T)act, context), callers, summary);
}
