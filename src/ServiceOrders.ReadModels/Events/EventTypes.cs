using ServiceOrders.Domain.AuditKeys;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Channels;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Retention;
using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Teams;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Events;

/// <summary>
/// The stored name of every kind of event: part of the storage format, declared and never derived, held by a golden file in the tests. A new shape of an event
/// is a new class with a name of its own (<c>TicketOpenedV2</c>, <c>ticket_opened_v2</c>).
/// </summary>
public static class EventTypes
{
    private static readonly Dictionary<string, Type> ByName = new(StringComparer.Ordinal)
    {
        ["ticket_opened"] = typeof(TicketOpened),
        ["information_requested"] = typeof(InformationRequested),
        ["information_supplied"] = typeof(InformationSupplied),
        ["ticket_classified"] = typeof(TicketClassified),
        ["ticket_acknowledged"] = typeof(TicketAcknowledged),
        ["ticket_assigned"] = typeof(TicketAssigned),
        ["first_response_given"] = typeof(FirstResponseGiven),
        ["customer_message_received"] = typeof(CustomerMessageReceived),
        ["staff_reply_sent"] = typeof(StaffReplySent),
        ["fault_diagnosed"] = typeof(FaultDiagnosed),
        ["solution_proposed"] = typeof(SolutionProposed),
        ["solution_rejected"] = typeof(SolutionRejected),
        ["ticket_held"] = typeof(TicketHeld),
        ["ticket_resumed"] = typeof(TicketResumed),
        ["delay_notified"] = typeof(DelayNotified),
        ["ticket_escalated"] = typeof(TicketEscalated),
        ["visit_scheduled"] = typeof(VisitScheduled),
        ["visit_arrived"] = typeof(VisitArrived),
        ["visit_completed"] = typeof(VisitCompleted),
        ["ticket_resolved"] = typeof(TicketResolved),
        ["resolution_confirmed"] = typeof(ResolutionConfirmed),
        ["resolution_rejected"] = typeof(ResolutionRejected),
        ["follow_up_called"] = typeof(FollowUpCalled),
        ["ticket_rated"] = typeof(TicketRated),
        ["ticket_closed"] = typeof(TicketClosed),
        ["ticket_reopened"] = typeof(TicketReopened),
        ["ticket_cancelled"] = typeof(TicketCancelled),
        ["note_added"] = typeof(NoteAdded),
        ["personal_data_erased"] = typeof(PersonalDataErased),
        ["party_notified"] = typeof(PartyNotified),
        ["breach_annotated"] = typeof(BreachAnnotated),
        ["legal_hold_placed"] = typeof(LegalHoldPlaced),
        ["legal_hold_lifted"] = typeof(LegalHoldLifted),
        ["policy_rebound"] = typeof(PolicyRebound),
        ["milestone_started"] = typeof(MilestoneStarted),
        ["milestone_paused"] = typeof(MilestonePaused),
        ["milestone_resumed"] = typeof(MilestoneResumed),
        ["milestone_retargeted"] = typeof(MilestoneRetargeted),
        ["milestone_restarted"] = typeof(MilestoneRestarted),
        ["milestone_warned"] = typeof(MilestoneWarned),
        ["milestone_breached"] = typeof(MilestoneBreached),
        ["milestone_met"] = typeof(MilestoneMet),
        ["milestone_cancelled"] = typeof(MilestoneCancelled),
        ["channel_registered"] = typeof(ChannelRegistered),
        ["channel_key_rotated"] = typeof(ChannelKeyRotated),
        ["channel_suspended"] = typeof(ChannelSuspended),
        ["channel_resumed"] = typeof(ChannelResumed),
        ["staff_registered"] = typeof(StaffRegistered),
        ["staff_key_rotated"] = typeof(StaffKeyRotated),
        ["staff_deactivated"] = typeof(StaffDeactivated),
        ["policy_drafted"] = typeof(PolicyDrafted),
        ["policy_published"] = typeof(PolicyPublished),
        ["policy_retired"] = typeof(PolicyRetired),
        ["calendar_published"] = typeof(CalendarPublished),
        ["classification_rules_published"] = typeof(ClassificationRulesPublished),
        ["team_saved"] = typeof(TeamSaved),
        ["personal_data_read"] = typeof(PersonalDataRead),
        ["subject_erased"] = typeof(SubjectErased),
        ["master_key_rotated"] = typeof(MasterKeyRotated),
        ["audit_key_introduced"] = typeof(AuditKeyIntroduced),
        ["retention_rules_published"] = typeof(RetentionRulesPublished),
        ["records_archived"] = typeof(RecordsArchived),
        ["records_deleted"] = typeof(RecordsDeleted),
        ["audit_export_started"] = typeof(AuditExportStarted),
        ["audit_exported"] = typeof(AuditExported),
        ["sample_seed_fixed"] = typeof(SampleSeedFixed),
        ["sample_population_listed"] = typeof(SamplePopulationListed),
        ["sample_drawn"] = typeof(SampleDrawn),
        ["sample_finding_recorded"] = typeof(SampleFindingRecorded),
    };

    private static readonly Dictionary<Type, StoredName> ByType = ByName.ToDictionary(
        p => p.Value, p => new StoredName(p.Key, $"{p.Value.FullName}, {p.Value.Assembly.GetName().Name}"));

    /// <summary>All stored names.</summary>
    public static IReadOnlyDictionary<string, Type> All => ByName;

    /// <summary>The stored name of an event's type.</summary>
    /// <exception cref="InvalidOperationException">The type was never declared.</exception>
    public static StoredName NameOf(Type type) =>
        ByType.TryGetValue(type, out var name) ? name : throw new InvalidOperationException($"{type} has no stored name.");

    /// <summary>The type of a stored name; null for a name that is not ours (Marten's <c>tombstone</c>).</summary>
    public static Type? Find(string name) => ByName.GetValueOrDefault(name);
}

/// <summary>How a type is named in the store.</summary>
/// <param name="Alias">Column <c>type</c>.</param>
/// <param name="DotNetType">Column <c>mt_dotnet_type</c>.</param>
public sealed record StoredName(string Alias, string DotNetType);
