using System.Globalization;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Evidence;

/// <summary>A small log with a ticket, the policy and the calendar that it went by, and others' events between; always the same.</summary>
internal static class SampleLog
{
    public static readonly Guid TicketId = Guid.Parse("019c1234-5678-7abc-8def-0123456789ab");
    public const string Number = "SO-1000017";

    private static readonly DateTimeOffset Start = DateTimeOffset.Parse("2026-03-01T08:00:00.000250Z", CultureInfo.InvariantCulture);
    private static readonly Guid Policy = new RuleReference("policy", "standard", 1).StreamId, Calendar = new RuleReference("calendar", "cn-office", 1).StreamId, Other = Guid.Parse("019c1234-0000-7000-8000-000000000001");
    private const string Started = """{"name": "acknowledge", "cycle": 1, "policy": "standard", "policyVersion": 2, "calendar": "cn-office", "calendarVersion": 1, "dueAt": "2026-03-01T10:00:00+00:00"}""";

    /// <summary>All events. Positions have gaps, leaves have none.</summary>
    public static readonly EventRecord[] Events =
    [
        Event(1, Policy, 1, "policy_drafted", """{"name": "standard", "definition": "{\"name\":\"standard\",\"milestones\":[]}", "policyVersion": 1}"""),
        Event(2, Policy, 2, "policy_drafted", """{"name": "standard", "definition": "{\"name\":\"standard\"}", "policyVersion": 2}"""),
        Event(3, Calendar, 1, "calendar_published", """{"name": "cn-office", "definition": "{\"name\":\"cn-office\"}", "calendarVersion": 1}"""),
        Event(5, Other, 1, "ticket_opened", """{"number": "SO-1000009"}""") with { UserName = "channel:wechat-shop", CorrelationId = "4bf92f3577b34da6a3ce929d0e0e4736" },
        Event(8, TicketId, 1, "ticket_opened", """{"kind": "Repair", "number": "SO-1000017", "policy": "standard", "policyVersion": 2, "sealedDescription": "s1.AAECAwQFBgcICQoL"}"""),
        Event(9, TicketId, 2, "milestone_started", Started),
        Event(12, Other, 2, "note_added", """{"sealedText": "s1.AAEC"}"""),
        Event(13, TicketId, 3, "ticket_acknowledged", """{"sealedText": null}""") with { UserName = "staff:李雷", CausationId = "任务 7", Headers = """{"actor": {"id": "李雷", "kind": "Staff"}, "occurredAt": "2026-03-01T08:09:00.5+00:00"}""" },
        Event(14, TicketId, 4, "milestone_met", """{"name": "acknowledge", "cycle": 1}""") with { Headers = null, TenantId = null, DotNetType = null, UserName = null },
        Event(20, Other, 3, "ticket_closed", "{}"),
        Event(21, null, 1, "tombstone", "null") with { BinaryData = [0, 255] },
    ];

    public static readonly MemoryTree Tree = TreeOf(Events);

    public static Checkpoint Checkpoint => new("5f3a09c41b7e2d68", Tree.Size, Tree.Root, Start.AddMinutes(30), Events[^1].Position);

    /// <summary>The ticket's evidence, under this note.</summary>
    public static EvidenceBundle Bundle(SignedNote note, params IReadOnlyList<VerificationKey> keys) =>
        new(TicketId, Number, note, keys, [.. Events.Where(e => e.StreamId == TicketId).Select(Proven)], [.. Events.Where(e => e.StreamId == Policy || e.StreamId == Calendar).Select(Proven)]);

    public static ProvenEvent Proven(EventRecord record)
    {
        var index = Array.IndexOf(Events, record);
        return new(record, index, ProofBuilder.InclusionAsync(Tree, index, Tree.Size).AsTask().Result);
    }

    private static EventRecord Event(long position, Guid? stream, long version, string type, string data) => new(position, new Guid((int)position, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10]), stream, version, data, null,
        type, Start.AddSeconds(position), "*DEFAULT*", $"ServiceOrders.Domain.{type}, ServiceOrders.Domain", null, null, """{"occurredAt": "2026-03-01T08:00:00+00:00"}""", "clock:deadlines");

    private static MemoryTree TreeOf(IEnumerable<EventRecord> events)
    {
        var tree = new MemoryTree();
        foreach (var record in events) tree.Append(EventEncoding.HashOf(record));
        return tree;
    }
}
