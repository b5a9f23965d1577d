using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Tickets;

/// <summary>
/// Something that happened to a ticket: a fact, stored for ever. Every event uses types of the base class library only, so that any
/// Marten reads it without our converters. Fields named <c>Sealed…</c> hold personal data or free text, encrypted with the key of the ticket's data
/// subject before they enter the event (row K5). When and by whom it happened stands in the event's headers, see <see cref="EventMeta"/>.
/// </summary>
public interface ITicketEvent;

// In the order of the story.

/// <summary>受理: a request was received.</summary>
/// <param name="Number">统一的服务申请编号, unique for ever (row I2).</param>
/// <param name="Channel">The channel's registered name.</param>
/// <param name="ExternalReference">The channel's own reference, unique for it (row I4).</param>
/// <param name="Medium">How the request came.</param>
/// <param name="Kind">What is asked for.</param>
/// <param name="Urgency">How soon.</param>
/// <param name="Complexity">How hard.</param>
/// <param name="Tier">The customer's tier.</param>
/// <param name="Classification">For each of kind, urgency, complexity: <c>given</c>, <c>rule:…</c> (the rule that decided) or <c>default</c> (row I5).</param>
/// <param name="Region">ISO 3166-2 code, <c>CN-31</c>.</param>
/// <param name="CustomerId">The customer's file, when known.</param>
/// <param name="SubjectId">The data subject whose key seals this ticket's personal data: the customer, else the ticket itself.</param>
/// <param name="Product">Model and serial number.</param>
/// <param name="SealedDescription">The problem, sealed.</param>
/// <param name="SealedContact">The contact as JSON, sealed; null where an imported log has none.</param>
/// <param name="PreferredMedium">How the customer likes to be reached.</param>
/// <param name="MissingInformation">Paths of the fields that the customer is to be asked for (row I3).</param>
/// <param name="Policy">The deadline policy that matched; null when none did (row D1).</param>
/// <param name="PolicyVersion">Its version.</param>
/// <param name="Calendar">Stands in for every calendar but <c>always</c> that the policy names (an imported log of another country); null: none does.</param>
public sealed record TicketOpened(
    string Number, string Channel, string? ExternalReference, Medium Medium, TicketKind Kind, Urgency Urgency, Complexity Complexity,
    CustomerTier Tier, ClassificationSources Classification, string? Region, Guid? CustomerId, Guid SubjectId, ProductInfo? Product,
    string SealedDescription, string? SealedContact, Medium? PreferredMedium, IReadOnlyList<string> MissingInformation,
    string? Policy, int? PolicyVersion, string? Calendar = null) : ITicketEvent;

/// <summary>Where each part of a classification came from: <c>given</c>, <c>rule:…</c> or <c>default</c>.</summary>
/// <param name="Kind">Of the kind.</param>
/// <param name="Urgency">Of the urgency.</param>
/// <param name="Complexity">Of the complexity.</param>
public sealed record ClassificationSources(string Kind, string Urgency, string Complexity);

/// <summary>The product that a ticket is about (row I3).</summary>
/// <param name="Model">Model name.</param>
/// <param name="SerialNumber">Serial number.</param>
public sealed record ProductInfo(string? Model, string? SerialNumber);

/// <summary>The customer was asked for missing information; the ticket waits for the customer.</summary>
/// <param name="Fields">Paths of the fields asked for.</param>
/// <param name="SealedText">The question, sealed.</param>
public sealed record InformationRequested(IReadOnlyList<string> Fields, string? SealedText) : ITicketEvent;

/// <summary>The customer supplied information.</summary>
/// <param name="Product">Product information, as it stands now; null: unchanged.</param>
/// <param name="SealedContact">The whole contact as it stands now, sealed; null: unchanged.</param>
/// <param name="PreferredMedium">The preferred medium as it stands now, when the contact changed.</param>
/// <param name="SealedText">What was said, sealed.</param>
/// <param name="MissingInformation">What is still missing.</param>
public sealed record InformationSupplied(
    ProductInfo? Product, string? SealedContact, Medium? PreferredMedium, string? SealedText, IReadOnlyList<string> MissingInformation) : ITicketEvent;

/// <summary>分级分类: a person classified the ticket. All values as they stand now.</summary>
/// <param name="Kind">What is asked for.</param>
/// <param name="Urgency">How soon.</param>
/// <param name="Complexity">How hard.</param>
/// <param name="Tier">The customer's tier.</param>
/// <param name="SealedReason">Why, sealed.</param>
public sealed record TicketClassified(TicketKind Kind, Urgency Urgency, Complexity Complexity, CustomerTier Tier, string? SealedReason) : ITicketEvent;

/// <summary>确认接收: receipt was confirmed to the customer.</summary>
/// <param name="SealedText">What was said, sealed.</param>
public sealed record TicketAcknowledged(string? SealedText) : ITicketEvent;

/// <summary>派工: a team, then a person, became responsible (责任到人, row H1).</summary>
/// <param name="Team">The team.</param>
/// <param name="Assignee">The person.</param>
/// <param name="SealedReason">Why, sealed.</param>
public sealed record TicketAssigned(string? Team, string? Assignee, string? SealedReason) : ITicketEvent;

/// <summary>响应: the customer was contacted for the first time, or told that they are queued and how long it takes (001).</summary>
/// <param name="Medium">By what means.</param>
/// <param name="SealedText">What was said, sealed.</param>
/// <param name="ExpectedWait">ISO 8601 duration, when the contact was a notice of queueing.</param>
public sealed record FirstResponseGiven(Medium Medium, string? SealedText, string? ExpectedWait) : ITicketEvent;

/// <summary>The customer wrote or said something (row H14).</summary>
/// <param name="MessageId">Names this message, for answers to refer to.</param>
/// <param name="Medium">By what means.</param>
/// <param name="SealedText">The message, sealed.</param>
public sealed record CustomerMessageReceived(Guid MessageId, Medium Medium, string SealedText) : ITicketEvent;

/// <summary>Staff replied to the customer (row H14).</summary>
/// <param name="MessageId">Names this message.</param>
/// <param name="Medium">By what means.</param>
/// <param name="SealedText">The message, sealed.</param>
/// <param name="InReplyTo">The customer's message that it answers.</param>
public sealed record StaffReplySent(Guid MessageId, Medium Medium, string SealedText, Guid? InReplyTo) : ITicketEvent;

/// <summary>诊断: the fault was examined (row H2).</summary>
/// <param name="Cause">Where it came from.</param>
/// <param name="Remote">Whether it was examined remotely (else on site).</param>
/// <param name="SealedFindings">Findings, sealed.</param>
public sealed record FaultDiagnosed(FaultCause Cause, bool Remote, string? SealedFindings) : ITicketEvent;

/// <summary>初步解决方案: a preliminary solution was proposed to the customer.</summary>
/// <param name="SealedSolution">The solution, sealed.</param>
public sealed record SolutionProposed(string? SealedSolution) : ITicketEvent;

/// <summary>The customer rejected the preliminary solution.</summary>
/// <param name="SealedReason">Why, sealed.</param>
public sealed record SolutionRejected(string? SealedReason) : ITicketEvent;

/// <summary>The ticket waits (row D3).</summary>
/// <param name="Reason">For whom or what.</param>
/// <param name="ExpectedUntil">When the wait is expected to end.</param>
/// <param name="SealedDetail">More, sealed.</param>
public sealed record TicketHeld(HoldReason Reason, DateTimeOffset? ExpectedUntil, string? SealedDetail) : ITicketEvent;

/// <summary>The wait ended.</summary>
/// <param name="SealedReason">Why, sealed.</param>
public sealed record TicketResumed(string? SealedReason) : ITicketEvent;

/// <summary>主动告知: the customer was told of a delay and of the time now expected (row D3).</summary>
/// <param name="ExpectedResolution">When resolution is now expected.</param>
/// <param name="SealedText">What was said, sealed.</param>
public sealed record DelayNotified(DateTimeOffset? ExpectedResolution, string? SealedText) : ITicketEvent;

/// <summary>启动升级: the ticket went up a level (row D5).</summary>
/// <param name="Level">The level reached, from 1.</param>
/// <param name="Automatic">Whether a deadline or a rule did it (else a person).</param>
/// <param name="Cause">What set it off: <c>breached:resolution</c>, <c>manual</c> ….</param>
/// <param name="To">The supervisor or department that it goes to: the one named, else the team's supervisor of that level.</param>
/// <param name="SealedReason">Why, sealed.</param>
public sealed record TicketEscalated(int Level, bool Automatic, string Cause, string? To, string? SealedReason) : ITicketEvent;

/// <summary>预约上门: a visit was agreed with the customer; anew, when an earlier one had not taken place yet (row H7).</summary>
/// <param name="At">The time agreed; where a window was, its start.</param>
/// <param name="Until">The end of the window agreed, by which the technician is to be there; null: there is none, <paramref name="At"/> is the time.</param>
/// <param name="Technician">Who is to come, by the name in the staff list; null: not yet known.</param>
/// <param name="SealedReason">Why so, or why another time, sealed.</param>
public sealed record VisitScheduled(DateTimeOffset At, DateTimeOffset? Until, string? Technician, string? SealedReason) : ITicketEvent;

/// <summary>到达现场: the technician arrived at the customer's (row H7).</summary>
public sealed record VisitArrived : ITicketEvent;

/// <summary>The visit is over (row H7); whether the problem is, a resolution says.</summary>
/// <param name="SealedText">What was done, sealed.</param>
public sealed record VisitCompleted(string? SealedText) : ITicketEvent;

/// <summary>A resolution was given.</summary>
/// <param name="SealedResolution">What was done, sealed.</param>
public sealed record TicketResolved(string? SealedResolution) : ITicketEvent;

/// <summary>The customer confirmed the resolution (row H12).</summary>
/// <param name="SealedText">What was said, sealed.</param>
public sealed record ResolutionConfirmed(string? SealedText) : ITicketEvent;

/// <summary>The customer rejected the resolution: the ticket is in progress again (row H12).</summary>
/// <param name="SealedReason">Why, sealed.</param>
public sealed record ResolutionRejected(string? SealedReason) : ITicketEvent;

/// <summary>回访: someone called back to ask whether the problem is solved (001).</summary>
/// <param name="Reached">Whether the customer was reached.</param>
/// <param name="Solved">Whether the problem is solved, as the customer says.</param>
/// <param name="SealedText">What was said, sealed.</param>
public sealed record FollowUpCalled(bool Reached, bool? Solved, string? SealedText) : ITicketEvent;

/// <summary>满意度: the customer rated the service (row K3).</summary>
/// <param name="Score">1 (worst) to 5.</param>
/// <param name="SealedComment">Opinion, sealed.</param>
public sealed record TicketRated(int Score, string? SealedComment) : ITicketEvent;

/// <summary>The ticket was closed.</summary>
/// <param name="SealedReason">Why, sealed.</param>
public sealed record TicketClosed(string? SealedReason) : ITicketEvent;

/// <summary>The ticket was opened again.</summary>
/// <param name="SealedReason">Why, sealed.</param>
public sealed record TicketReopened(string? SealedReason) : ITicketEvent;

/// <summary>The request was withdrawn.</summary>
/// <param name="SealedReason">Why, sealed.</param>
public sealed record TicketCancelled(string? SealedReason) : ITicketEvent;

/// <summary>An internal note, never shown to a channel.</summary>
/// <param name="SealedText">The note, sealed.</param>
public sealed record NoteAdded(string SealedText) : ITicketEvent;

/// <summary>The data subject's key was destroyed (row K5): no sealed text of this ticket can be read any more, and none can be added. Clocks go on.</summary>
/// <param name="SubjectId">The data subject.</param>
public sealed record PersonalDataErased(Guid SubjectId) : ITicketEvent;

/// <summary>Someone is to be told of a breach, as the policy says. Whoever it concerns finds it in the notices; an escalation is a notice by itself (并抄送客户).</summary>
/// <param name="Audience">Who is to be told.</param>
/// <param name="Recipient">The person, team or supervisor; null for the customer, and where nobody is responsible yet.</param>
/// <param name="Milestone">The milestone breached.</param>
/// <param name="Cycle">Its cycle.</param>
public sealed record PartyNotified(NoticeAudience Audience, string? Recipient, string Milestone, int Cycle) : ITicketEvent;

/// <summary>A breach was explained (row D4: never removed, only annotated with a reason).</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="Text">The policy's own words, where its breach action explains.</param>
/// <param name="SealedReason">A person's words, sealed.</param>
public sealed record BreachAnnotated(string Name, int Cycle, string? Text, string? SealedReason) : ITicketEvent;

/// <summary>A legal hold was placed (row A3): until it is lifted nothing of the ticket is deleted, archived or erased, whatever its age and whoever asks.</summary>
/// <param name="SealedReason">Why, sealed; null: the customer's data was erased, and nothing can be sealed.</param>
public sealed record LegalHoldPlaced(string? SealedReason) : ITicketEvent;

/// <summary>The legal hold was lifted (row A3).</summary>
/// <param name="SealedReason">Why, sealed; null: the customer's data was erased, and nothing can be sealed.</param>
public sealed record LegalHoldLifted(string? SealedReason) : ITicketEvent;

/// <summary>A later version of its policy was published for running tickets too, and binds this one from now on (row D6). What it does to the clocks follows.</summary>
/// <param name="Policy">The policy's name.</param>
/// <param name="PolicyVersion">The version that binds the ticket from now on.</param>
/// <param name="OldPolicyVersion">The version that did until now.</param>
/// <param name="Cause">What changed: <c>policyPublished</c>.</param>
public sealed record PolicyRebound(string Policy, int PolicyVersion, int OldPolicyVersion, string Cause) : ITicketEvent;

// The clocks. Each names its milestone and cycle, and holds computed times, so that a replay shows what was promised at any moment.

/// <summary>A clock started: this was promised.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">From 1.</param>
/// <param name="StartedAt">When the clock started.</param>
/// <param name="DueAt">When it is due.</param>
/// <param name="Provisional">Whether the span leaves the years for which the calendar's holidays are known.</param>
/// <param name="Target">The target.</param>
/// <param name="Calendar">The calendar's name.</param>
/// <param name="CalendarVersion">The calendar's version.</param>
/// <param name="Policy">The policy's name.</param>
/// <param name="PolicyVersion">The policy's version.</param>
/// <param name="Warnings">When to warn.</param>
/// <param name="Entry">Which entry of the policy's milestones it is promised by, from 1; null in events from before this was recorded.</param>
public sealed record MilestoneStarted(
    string Name, int Cycle, DateTimeOffset StartedAt, DateTimeOffset DueAt, bool Provisional, Target Target,
    string Calendar, int CalendarVersion, string Policy, int PolicyVersion, IReadOnlyList<PlannedWarning> Warnings, int? Entry = null) : ITicketEvent;

/// <summary>A warning to come.</summary>
/// <param name="Percent">Of the budget, 1 to 99.</param>
/// <param name="At">When that much of it is used.</param>
public sealed record PlannedWarning(int Percent, DateTimeOffset At);

/// <summary>A running clock paused.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="At">From when.</param>
/// <param name="Reason">Why.</param>
public sealed record MilestonePaused(string Name, int Cycle, DateTimeOffset At, HoldReason Reason) : ITicketEvent;

/// <summary>A paused clock runs on; or, after a reopening, an ended one (the time in between is excluded).</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="PausedFrom">The start of the span excluded.</param>
/// <param name="At">Its end: from when it runs again.</param>
/// <param name="DueAt">When it is due now.</param>
/// <param name="Provisional">As for a start.</param>
/// <param name="Warnings">All warnings not yet given, with their new times.</param>
/// <param name="Reopened">Whether a reopening of the ticket did it.</param>
public sealed record MilestoneResumed(
    string Name, int Cycle, DateTimeOffset PausedFrom, DateTimeOffset At, DateTimeOffset DueAt, bool Provisional,
    IReadOnlyList<PlannedWarning> Warnings, bool Reopened) : ITicketEvent;

/// <summary>Another target, calendar, policy or agreed time applies to a live clock: counted anew from its original start, pauses kept.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="OldDueAt">What was promised until now.</param>
/// <param name="DueAt">What is promised from now on.</param>
/// <param name="Provisional">As for a start.</param>
/// <param name="OldTarget">The target until now.</param>
/// <param name="Target">The target from now on.</param>
/// <param name="Calendar">The calendar's name from now on.</param>
/// <param name="CalendarVersion">Its version.</param>
/// <param name="Policy">The policy's name from now on.</param>
/// <param name="PolicyVersion">Its version.</param>
/// <param name="Warnings">All warnings not yet given, with their new times.</param>
/// <param name="Cause">What changed: <c>classified</c>, <c>held</c> … (the trigger), <c>policyPublished</c>, <c>calendarCorrected</c>.</param>
/// <param name="Entry">Which entry of the policy's milestones promises it from now on, from 1; null in events from before this was recorded.</param>
public sealed record MilestoneRetargeted(
    string Name, int Cycle, DateTimeOffset OldDueAt, DateTimeOffset DueAt, bool Provisional, Target OldTarget, Target Target,
    string Calendar, int CalendarVersion, string Policy, int PolicyVersion, IReadOnlyList<PlannedWarning> Warnings, string Cause, int? Entry = null) : ITicketEvent;

/// <summary>A running clock was set back to its full target (a promised regular update).</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">The cycle, unchanged.</param>
/// <param name="StartedAt">The new start.</param>
/// <param name="DueAt">When it is due now.</param>
/// <param name="Provisional">As for a start.</param>
/// <param name="Warnings">The warnings of the new span.</param>
public sealed record MilestoneRestarted(
    string Name, int Cycle, DateTimeOffset StartedAt, DateTimeOffset DueAt, bool Provisional, IReadOnlyList<PlannedWarning> Warnings) : ITicketEvent;

/// <summary>So much of the budget is used (row D4).</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="Percent">How much.</param>
/// <param name="At">When that was, to the microsecond, whenever it was recorded.</param>
/// <param name="DueAt">When it is due.</param>
/// <param name="Historical">Settled by an import: sets nothing off.</param>
public sealed record MilestoneWarned(string Name, int Cycle, int Percent, DateTimeOffset At, DateTimeOffset DueAt, bool Historical) : ITicketEvent;

/// <summary>The deadline passed unmet: exactly one per cycle, never removed (row D4).</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="DueAt">The true due time.</param>
/// <param name="SettledAt">When the clock came to decide it; later than <paramref name="DueAt"/> after downtime or in an import.</param>
/// <param name="Historical">Settled by an import: sets nothing off.</param>
public sealed record MilestoneBreached(string Name, int Cycle, DateTimeOffset DueAt, DateTimeOffset SettledAt, bool Historical) : ITicketEvent;

/// <summary>What was promised was done; late when the cycle was breached.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="At">When it was done, as the person who did it says.</param>
/// <param name="DueAt">When it was due.</param>
/// <param name="MetBy">The trigger that met it.</param>
/// <param name="Overrun">ISO 8601 duration, clock time past due; null when met in time; PT0S when a breach stands but the act, reported late, was in time.</param>
public sealed record MilestoneMet(string Name, int Cycle, DateTimeOffset At, DateTimeOffset DueAt, string MetBy, string? Overrun) : ITicketEvent;

/// <summary>A clock ended without being met or missed.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="At">When.</param>
/// <param name="Cause">The trigger that cancelled it; <c>policyPublished</c>: the policy's new version no longer has the milestone.</param>
public sealed record MilestoneCancelled(string Name, int Cycle, DateTimeOffset At, string Cause) : ITicketEvent;
