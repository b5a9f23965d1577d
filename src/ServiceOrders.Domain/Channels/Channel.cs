using ServiceOrders.Domain.Credentials;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Channels;

/// <summary>An external channel that posts requests and sees only its own tickets (row I1).</summary>
public sealed record Channel
{
    /// <summary>A channel before its registration.</summary>
    public static readonly Channel Unregistered = new();

    /// <summary>Version of the last event; 0: not registered.</summary>
    public long Version { get; init; }
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";
    /// <summary>How its requests come.</summary>
    public Medium Medium { get; init; }
    /// <summary>Its keys.</summary>
    public KeyRing? Keys { get; init; }
    /// <summary>Whether its keys do not count for now.</summary>
    public bool IsSuspended { get; init; }
    /// <summary>When it was registered.</summary>
    public DateTimeOffset RegisteredAt { get; init; }
    /// <summary>When it got its present key.</summary>
    public DateTimeOffset KeySince { get; init; }

    /// <summary>The channel after an event. Total: an unknown one throws.</summary>
    public Channel Evolve(IChannelEvent happened, EventMeta meta) => (happened switch
    {
        ChannelRegistered e => this with { Name = e.Name, Medium = e.Medium, Keys = new KeyRing(e.KeyHash, null, null), RegisteredAt = meta.OccurredAt, KeySince = meta.OccurredAt },
        ChannelKeyRotated e => this with { Keys = Keys!.Rotate(e.KeyHash, e.OldKeyUntil), KeySince = meta.OccurredAt },
        ChannelSuspended => this with { IsSuspended = true },
        ChannelResumed => this with { IsSuspended = false },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event of a channel."),
    }) with { Version = meta.Version };

    /// <summary>Registers it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="medium">How its requests come.</param>
    /// <param name="keyHash">Its first key's hash.</param>
    public Verdict<IChannelEvent> Register(string name, Medium medium, string keyHash)
    {
        if (Names.Check(name) is { } refusal) return refusal;
        if (Version > 0) return Refusal.State("name-taken", "A channel of that name is registered. Names are unique for ever.");
        return new ChannelRegistered(name, medium, keyHash);
    }

    /// <summary>Gives it a new key.</summary>
    /// <param name="keyHash">The new key's hash.</param>
    /// <param name="overlap">How long the old key counts beside it.</param>
    /// <param name="now">The time.</param>
    public Verdict<IChannelEvent> RotateKey(string keyHash, TimeSpan overlap, DateTimeOffset now) =>
        keyHash == Keys?.Current ? Refusal.Rule("same-key", "The new key is the one in force.") : new ChannelKeyRotated(keyHash, now + overlap);

    /// <summary>Lets its keys count no more.</summary>
    public Verdict<IChannelEvent> Suspend() => IsSuspended ? Refusal.State("already-suspended", "The channel is suspended already.") : new ChannelSuspended();

    /// <summary>Lets its keys count again.</summary>
    public Verdict<IChannelEvent> Resume() => IsSuspended ? new ChannelResumed() : Refusal.State("not-suspended", "The channel is not suspended.");
}
