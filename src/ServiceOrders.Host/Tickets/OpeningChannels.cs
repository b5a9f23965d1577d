using ServiceOrders.Host.Access;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Tickets;

/// <summary>In which channel a ticket is opened: a channel opens in its own; staff, who enter what they were told on the phone or found in a mail, name one.</summary>
/// <param name="streams">The channels.</param>
public sealed class OpeningChannels(ConfiguredStreams streams)
{
    /// <summary>The channel of a request.</summary>
    /// <param name="caller">Who opens.</param>
    /// <param name="named">The channel named in the body.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="ProblemException">422: a foreign channel, none, or one that is not registered or suspended.</exception>
    public async ValueTask<OpeningChannel> OfAsync(Caller caller, string? named, CancellationToken cancellation)
    {
        if (caller.Channel is { } own) return named is null || named == own ? new OpeningChannel(own, caller.Medium!.Value) : throw Wrong("must be left out, or be the channel's own name");
        if (string.IsNullOrEmpty(named)) throw Wrong("is required when staff open a ticket");
        var channel = await streams.LoadAsync(CredentialStreams.Channels, CredentialStreams.Channels.IdOf(named), cancellation: cancellation);
        if (channel.Version == 0) throw Wrong("must be a registered channel");
        return channel.IsSuspended ? throw Wrong("must not be suspended") : new OpeningChannel(channel.Name, channel.Medium);
    }

    private static ProblemException Wrong(string message) => new(Problem.With(ProblemTypes.InvalidValues, "channel", message));
}
