using System.Collections.Immutable;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Tests.Given;

/// <summary>Tickets as the tests need them.</summary>
public static class Tickets
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A ticket just opened.</summary>
    public static Ticket New(Guid? id = null) => new()
    {
        Id = id ?? Guid.CreateVersion7(), Version = 3, ActVersion = 3, LastOccurredAt = Noon, UpdatedAt = Noon, OpenedAt = Noon, Number = "SO-5724", Channel = "wechat-shop",
        SubjectId = Guid.CreateVersion7(), SealedDescription = "s1.abc", Milestones = [Running("acknowledge", Noon.AddHours(2)), Running("resolution", Noon.AddHours(24))],
    };

    /// <summary>A ticket that has something in every field.</summary>
    public static Ticket Full() => new()
    {
        Id = Guid.CreateVersion7(), Version = 17, ActVersion = 15, LastOccurredAt = Noon.AddMinutes(1), UpdatedAt = Noon.AddMinutes(2), Number = "SO-5724",
        Status = TicketStatus.OnHold, Channel = "wechat-shop", ExternalReference = "WX-\"1\"-中", Medium = Medium.Wechat, Kind = TicketKind.Complaint, Urgency = Urgency.Normal,
        Complexity = Complexity.Complex, Tier = CustomerTier.High, Classification = new ClassificationSources("given", "rule:smoke", "default"), Region = "CN-31",
        CustomerId = Guid.CreateVersion7(), SubjectId = Guid.CreateVersion7(), Product = new ProductInfo("X200", "X200-0007731"), SealedDescription = "s1.abc", SealedContact = "s1.def",
        PreferredMedium = Medium.Email, OpenedAt = Noon, MissingInformation = ["product.serialNumber", "region"], Team = "repair", Assignee = "li", EscalationLevel = 2, EscalatedTo = "wang",
        Hold = new Hold(HoldReason.AwaitingThirdParty, Noon.AddTicks(10), Noon.AddDays(1), TicketStatus.InProgress), FaultCause = FaultCause.Software, AcknowledgedAt = Noon.AddSeconds(1),
        FirstRespondedAt = Noon.AddSeconds(2), SolutionPending = true, ResolvedAt = Noon.AddSeconds(3), EndedAt = Noon.AddSeconds(4), ReopenCount = 1, Rating = 4,
        Messages = [Guid.CreateVersion7(), Guid.CreateVersion7()], Policy = "standard", PolicyVersion = 3, Calendar = "cn-office", Holds = [new PastHold(HoldReason.AwaitingParts, Noon), new PastHold(HoldReason.AwaitingThirdParty, null)],
        Triggered = [new LastTriggered("escalated:2", Noon), new LastTriggered("held", Noon.AddTicks(10))],
        IsErased = true, LegalHold = new LegalHold(Noon, new Actor(ActorKind.Staff, "wang")), InformationPending = true, Agreed = ImmutableDictionary<string, DateTimeOffset>.Empty.Add("visit", Noon.AddDays(2)),
        Visit = new Visit(Noon.AddDays(2).AddHours(-2), Noon.AddDays(2), "zhao", Noon.AddDays(2).AddMinutes(-5), Noon.AddDays(2).AddHours(1)),
        Milestones =
        [
            Running("acknowledge", Noon.AddHours(2)),
            new MilestoneCycle
            {
                Name = "resolution", Cycle = 2, State = MilestoneState.MetLate, StartedAt = Noon, DueAt = Noon.AddDays(4), Provisional = true, Target = Target.OfWorkingDays(4),
                Calendar = "cn-office", CalendarVersion = 7, Policy = "standard", PolicyVersion = 3, Entry = 6, Pauses = [new Pause(Noon.AddHours(1), Noon.AddHours(2))], PausedSince = Noon.AddHours(3),
                Warnings = [new Warning(50, Noon.AddDays(2), Noon.AddDays(2)), new Warning(75, Noon.AddDays(3), null)], MetAt = Noon.AddDays(5), BreachedAt = Noon.AddDays(4),
                BreachSettledAt = Noon.AddDays(4).AddSeconds(1), Annotations = 1, Overrun = TimeSpan.FromDays(1), End = new CycleEnd(Noon.AddDays(5), "resolved"),
            },
        ],
    };

    public static MilestoneCycle Running(string name, DateTimeOffset due) => new()
    {
        Name = name, Cycle = 1, State = MilestoneState.Running, StartedAt = Noon, DueAt = due, Target = Target.OfElapsed("PT2H"), Calendar = "always", CalendarVersion = 1,
        Policy = "standard", PolicyVersion = 3,
    };
}
