using ServiceOrders.Domain.Credentials;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Staff;

/// <summary>A member of staff, as events name who acted (责任到人).</summary>
public sealed record StaffMember
{
    /// <summary>One before registration.</summary>
    public static readonly StaffMember Unregistered = new();

    /// <summary>Version of the last event; 0: not registered.</summary>
    public long Version { get; init; }
    /// <summary>The name.</summary>
    public string Name { get; init; } = "";
    /// <summary>What they may do.</summary>
    public StaffRole Role { get; init; }
    /// <summary>Their keys.</summary>
    public KeyRing? Keys { get; init; }
    /// <summary>Whether they left: their keys count no more.</summary>
    public bool IsDeactivated { get; init; }
    /// <summary>When they were registered.</summary>
    public DateTimeOffset RegisteredAt { get; init; }
    /// <summary>When they got their present key.</summary>
    public DateTimeOffset KeySince { get; init; }

    /// <summary>The member after an event. Total: an unknown one throws.</summary>
    public StaffMember Evolve(IStaffEvent happened, EventMeta meta) => (happened switch
    {
        StaffRegistered e => this with { Name = e.Name, Role = e.Role, Keys = new KeyRing(e.KeyHash, null, null), RegisteredAt = meta.OccurredAt, KeySince = meta.OccurredAt },
        StaffKeyRotated e => this with { Keys = Keys!.Rotate(e.KeyHash, e.OldKeyUntil), KeySince = meta.OccurredAt },
        StaffDeactivated => this with { IsDeactivated = true },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event of a member of staff."),
    }) with { Version = meta.Version };

    /// <summary>Registers them.</summary>
    /// <param name="name">The name.</param>
    /// <param name="role">What they may do.</param>
    /// <param name="keyHash">Their first key's hash.</param>
    public Verdict<IStaffEvent> Register(string name, StaffRole role, string keyHash)
    {
        if (Names.Check(name) is { } refusal) return refusal;
        if (Version > 0) return Refusal.State("name-taken", "A member of staff of that name is registered. Names are unique for ever.");
        return new StaffRegistered(name, role, keyHash);
    }

    /// <summary>Gives them a new key.</summary>
    /// <param name="keyHash">The new key's hash.</param>
    /// <param name="overlap">How long the old key counts beside it.</param>
    /// <param name="now">The time.</param>
    public Verdict<IStaffEvent> RotateKey(string keyHash, TimeSpan overlap, DateTimeOffset now) =>
        IsDeactivated ? Refusal.State("deactivated", "The member of staff is deactivated.") : new StaffKeyRotated(keyHash, now + overlap);

    /// <summary>Lets their keys count no more.</summary>
    /// <param name="by">Who asks.</param>
    public Verdict<IStaffEvent> Deactivate(Actor by)
    {
        if (IsDeactivated) return Refusal.State("deactivated", "The member of staff is deactivated already.");
        // Otherwise the last administrator could lock everyone out.
        if (by.Kind == ActorKind.Staff && by.Id == Name) return Refusal.Rule("not-oneself", "Nobody deactivates themselves: another administrator has to.");
        return new StaffDeactivated();
    }
}
