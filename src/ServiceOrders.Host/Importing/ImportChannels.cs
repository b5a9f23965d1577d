using System.Collections.Concurrent;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Tickets;

namespace ServiceOrders.Host.Importing;

/// <summary>The channels that lines name. For one import: what was found is kept until its end (no more than there are channels), names never change.</summary>
/// <param name="streams">Where channels are.</param>
internal sealed class ImportChannels(ConfiguredStreams streams)
{
    private readonly ConcurrentDictionary<string, OpeningChannel> _found = new(StringComparer.Ordinal);

    /// <summary>The channel of that name, suspended or not: its past may be brought in all the same; null: none is registered.</summary>
    public async ValueTask<OpeningChannel?> FindAsync(string name, CancellationToken cancellation)
    {
        if (_found.TryGetValue(name, out var known)) return known;
        var channel = await streams.LoadAsync(CredentialStreams.Channels, CredentialStreams.Channels.IdOf(name), cancellation: cancellation);
        return channel.Version == 0 ? null : _found.GetOrAdd(name, new OpeningChannel(channel.Name, channel.Medium));
    }
}
