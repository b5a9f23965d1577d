namespace ServiceOrders.Domain.Staff;

/// <summary>Something that happened to a member of staff. Types of the base class library only, as for tickets.</summary>
public interface IStaffEvent;

/// <summary>A member of staff was registered and got the first key.</summary>
/// <param name="Name">The name, unique for ever.</param>
/// <param name="Role">What they may do.</param>
/// <param name="KeyHash">SHA-256 of the key, hexadecimal.</param>
public sealed record StaffRegistered(string Name, StaffRole Role, string KeyHash) : IStaffEvent;

/// <summary>They got a new key.</summary>
/// <param name="KeyHash">SHA-256 of the new key.</param>
/// <param name="OldKeyUntil">Until when the old key counts beside it.</param>
public sealed record StaffKeyRotated(string KeyHash, DateTimeOffset OldKeyUntil) : IStaffEvent;

/// <summary>Their keys count no more, for good: who comes back is registered anew.</summary>
public sealed record StaffDeactivated : IStaffEvent;
