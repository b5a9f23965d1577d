using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Channels;

/// <summary>Something that happened to a channel (row I1). Types of the base class library only, as for tickets.</summary>
public interface IChannelEvent;

/// <summary>A channel was registered and got its first key.</summary>
/// <param name="Name">Its name, unique for ever.</param>
/// <param name="Medium">How its requests come.</param>
/// <param name="KeyHash">SHA-256 of its key, hexadecimal.</param>
public sealed record ChannelRegistered(string Name, Medium Medium, string KeyHash) : IChannelEvent;

/// <summary>It got a new key.</summary>
/// <param name="KeyHash">SHA-256 of the new key.</param>
/// <param name="OldKeyUntil">Until when the old key counts beside it.</param>
public sealed record ChannelKeyRotated(string KeyHash, DateTimeOffset OldKeyUntil) : IChannelEvent;

/// <summary>Its keys count no more until it is resumed.</summary>
public sealed record ChannelSuspended : IChannelEvent;

/// <summary>Its keys count again.</summary>
public sealed record ChannelResumed : IChannelEvent;
