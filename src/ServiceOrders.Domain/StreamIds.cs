using System.Security.Cryptography;
using System.Text;

namespace ServiceOrders.Domain;

/// <summary>Ids of streams that are known by a name: channels, staff, policies, calendars. The id follows from the name, so a name can only be taken once.</summary>
public static class StreamIds
{
    /// <summary>The id of a kind's stream of that name: a UUID of version 8 (RFC 9562, 5.8) from a SHA-256.</summary>
    /// <param name="kind">The stream type: <c>channel</c>.</param>
    /// <param name="name">The name, as it is compared.</param>
    public static Guid IdOf(string kind, string name)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"service-orders/{kind}/{name}"), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
