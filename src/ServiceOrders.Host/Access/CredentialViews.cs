using ServiceOrders.Domain.Channels;
using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.ReadModels.Credentials;

namespace ServiceOrders.Host.Access;

/// <summary>Registers a channel.</summary>
public sealed record RegisterChannel
{
    /// <summary>1 to 64 characters: lower-case letters, digits, and within it <c>- _ . @</c>; unique for ever.</summary>
    public required string Name { get; init; }
    /// <summary>How its requests come; the default of its tickets' medium.</summary>
    public required Medium Medium { get; init; }
}

/// <summary>Registers a member of staff.</summary>
public sealed record RegisterStaff
{
    /// <summary>1 to 64 characters: letters (no capitals), digits, and within it <c>- _ . @</c>; unique for ever, and named in every event that they cause.</summary>
    public required string Name { get; init; }
    /// <summary>What they may do.</summary>
    public required StaffRole Role { get; init; }
}

/// <summary>Replaces a key.</summary>
public sealed record RotateKey
{
    /// <summary>ISO 8601 duration for which the old key counts beside the new one, up to 30 days; an hour when left out; <c>PT0S</c> when the old key has leaked.</summary>
    public string? Overlap { get; init; }
}

/// <summary>A channel.</summary>
public sealed record ChannelView
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }
    /// <summary>How its requests come.</summary>
    public required Medium Medium { get; init; }
    /// <summary>Whether its keys do not count for now.</summary>
    public required bool Suspended { get; init; }
    /// <summary>When it was registered.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }
    /// <summary>When it got its present key.</summary>
    public required DateTimeOffset KeySince { get; init; }
    /// <summary>Until when the key before counts; null: it does not.</summary>
    public DateTimeOffset? OldKeyUntil { get; init; }
    /// <summary>The version; the <c>ETag</c>.</summary>
    public required long Version { get; init; }

    /// <summary>A channel without its key.</summary>
    public static ChannelView Of(Channel channel) => new()
    {
        Name = channel.Name, Medium = channel.Medium, Suspended = channel.IsSuspended, RegisteredAt = channel.RegisteredAt, KeySince = channel.KeySince,
        OldKeyUntil = channel.Keys?.PreviousUntil, Version = channel.Version,
    };

    /// <summary>A channel from the table.</summary>
    public static ChannelView Of(CredentialRow row) => new()
    {
        Name = row.Name, Medium = row.Medium!.Value, Suspended = !row.IsActive, RegisteredAt = row.RegisteredAt, KeySince = row.KeySince,
        OldKeyUntil = row.Keys.PreviousUntil, Version = row.Version,
    };
}

/// <summary>A channel with its new key, shown this once.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Medium">How its requests come.</param>
/// <param name="ApiKey">The key. It is stored nowhere: whoever loses it rotates.</param>
/// <param name="OldKeyUntil">Until when the key before counts.</param>
/// <param name="Version">The version; the <c>ETag</c>.</param>
public sealed record ChannelWithKey(string Name, Medium Medium, string ApiKey, DateTimeOffset? OldKeyUntil, long Version);

/// <summary>A member of staff.</summary>
public sealed record StaffView
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }
    /// <summary>What they may do.</summary>
    public required StaffRole Role { get; init; }
    /// <summary>Whether they left.</summary>
    public required bool Deactivated { get; init; }
    /// <summary>When they were registered.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }
    /// <summary>When they got their present key.</summary>
    public required DateTimeOffset KeySince { get; init; }
    /// <summary>Until when the key before counts; null: it does not.</summary>
    public DateTimeOffset? OldKeyUntil { get; init; }
    /// <summary>The version; the <c>ETag</c>.</summary>
    public required long Version { get; init; }

    /// <summary>A member without the key.</summary>
    public static StaffView Of(StaffMember member) => new()
    {
        Name = member.Name, Role = member.Role, Deactivated = member.IsDeactivated, RegisteredAt = member.RegisteredAt, KeySince = member.KeySince,
        OldKeyUntil = member.Keys?.PreviousUntil, Version = member.Version,
    };

    /// <summary>A member from the table.</summary>
    public static StaffView Of(CredentialRow row) => new()
    {
        Name = row.Name, Role = row.Role!.Value, Deactivated = !row.IsActive, RegisteredAt = row.RegisteredAt, KeySince = row.KeySince,
        OldKeyUntil = row.Keys.PreviousUntil, Version = row.Version,
    };
}

/// <summary>A member of staff with the new key, shown this once.</summary>
/// <param name="Name">The name.</param>
/// <param name="Role">What they may do.</param>
/// <param name="ApiKey">The key. It is stored nowhere: whoever loses it has it rotated.</param>
/// <param name="OldKeyUntil">Until when the key before counts.</param>
/// <param name="Version">The version; the <c>ETag</c>.</param>
public sealed record StaffWithKey(string Name, StaffRole Role, string ApiKey, DateTimeOffset? OldKeyUntil, long Version);
