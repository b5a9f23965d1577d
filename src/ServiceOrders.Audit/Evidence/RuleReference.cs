using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ServiceOrders.Audit.Leaves;

namespace ServiceOrders.Audit.Evidence;

/// <summary>A version of a policy or calendar that a ticket's events say they went by.</summary>
/// <param name="Kind"><c>policy</c> or <c>calendar</c>: the stream's type.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version, not that of its stream.</param>
public sealed record RuleReference(string Kind, string Name, long Version)
{
    // 7×24, built in: it has no stream.
    private const string BuiltIn = "always";

    private static readonly (string Kind, string DefinedBy, string Version)[] Kinds = [("policy", "policy_drafted", "policyVersion"), ("calendar", "calendar_published", "calendarVersion")];

    /// <summary>
    /// The stream that holds its definition: a UUID of version 8 (RFC 9562, 5.8) of the first 16 bytes of the SHA-256 of <c>service-orders/kind/name</c>. So no other stream can pass for it.
    /// </summary>
    public Guid StreamId
    {
        get
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"service-orders/{Kind}/{Name}"));
            hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
            hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
            return new Guid(hash.AsSpan(0, 16), bigEndian: true);
        }
    }

    /// <summary>What these events went by: every pair of members <c>policy</c> and <c>policyVersion</c>, <c>calendar</c> and <c>calendarVersion</c> in their data.</summary>
    public static IReadOnlyList<RuleReference> In(IEnumerable<EventRecord> events)
    {
        var found = new HashSet<RuleReference>();
        foreach (var record in events)
        {
            using var data = Parse(record.Data);
            foreach (var (kind, _, version) in Kinds)
            {
                if (Text(data, kind) is { } name && name != BuiltIn && Number(data, version) is { } number) found.Add(new RuleReference(kind, name, number));
            }
        }
        return [.. found.OrderBy(r => r.Kind, StringComparer.Ordinal).ThenBy(r => r.Name, StringComparer.Ordinal).ThenBy(r => r.Version)];
    }

    /// <summary>Whether an event is the one that holds its definition.</summary>
    public bool IsDefinedBy(EventRecord record)
    {
        var kind = Array.Find(Kinds, k => k.Kind == Kind);
        if (record.Type != kind.DefinedBy || record.StreamId != StreamId) return false;
        using var data = Parse(record.Data);
        return Number(data, kind.Version) == Version;
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Kind} {Name} version {Version}");

    internal static string? Text(JsonDocument? data, string name) => Read(data, name, value => value.ValueKind == JsonValueKind.String ? value.GetString() : null);

    internal static JsonDocument? Parse(string data)
    {
        try
        {
            return JsonDocument.Parse(data);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static long? Number(JsonDocument? data, string name) =>
        Read(data, name, value => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : (long?)null);

    private static T? Read<T>(JsonDocument? data, string name, Func<JsonElement, T?> read)
    {
        try
        {
            return data?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(name, out var value) ? read(value) : default;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, in the value or in a name: no text, so none that names a rule.
            return default;
        }
    }
}
