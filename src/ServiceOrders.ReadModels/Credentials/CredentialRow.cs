using ServiceOrders.Domain.Channels;
using ServiceOrders.Domain.Credentials;
using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels.Credentials;

/// <summary>Who may call: a channel or a member of staff as the table <c>read.credentials</c> knows it.</summary>
public sealed record CredentialRow
{
    /// <summary>The stream.</summary>
    public required Guid Id { get; init; }
    /// <summary>Channel or staff.</summary>
    public required ActorKind Kind { get; init; }
    /// <summary>The unique name.</summary>
    public required string Name { get; init; }
    /// <summary>The role of a member of staff.</summary>
    public StaffRole? Role { get; init; }
    /// <summary>The medium of a channel.</summary>
    public Medium? Medium { get; init; }
    /// <summary>Neither suspended nor deactivated.</summary>
    public required bool IsActive { get; init; }
    /// <summary>The keys that count.</summary>
    public required KeyRing Keys { get; init; }
    /// <summary>When it was registered.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }
    /// <summary>When it got its present key.</summary>
    public required DateTimeOffset KeySince { get; init; }
    /// <summary>The stream's version.</summary>
    public required long Version { get; init; }

    /// <summary>The row of a channel.</summary>
    public static InlineRow Of(Guid id, Channel channel) => new(CredentialTable.Instance, new CredentialRow
    {
        Id = id, Kind = ActorKind.Channel, Name = channel.Name, Medium = channel.Medium, IsActive = !channel.IsSuspended, Keys = channel.Keys!,
        RegisteredAt = channel.RegisteredAt, KeySince = channel.KeySince, Version = channel.Version,
    });

    /// <summary>The row of a member of staff.</summary>
    public static InlineRow Of(Guid id, StaffMember member) => new(CredentialTable.Instance, new CredentialRow
    {
        Id = id, Kind = ActorKind.Staff, Name = member.Name, Role = member.Role, IsActive = !member.IsDeactivated, Keys = member.Keys!,
        RegisteredAt = member.RegisteredAt, KeySince = member.KeySince, Version = member.Version,
    });

    /// <summary>Whether the key with that hash counts at that time.</summary>
    public bool Accepts(string keyHash, DateTimeOffset at) =>
        IsActive && (Keys.Current == keyHash || (Keys.Previous == keyHash && at < Keys.PreviousUntil));
}
