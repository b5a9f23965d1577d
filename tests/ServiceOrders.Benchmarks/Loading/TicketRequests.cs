using System.Globalization;
using System.Text;

namespace ServiceOrders.Benchmarks.Loading;

/// <summary>
/// A request that opens a ticket, as bytes made once: what differs from one to the next are the twelve digits of its number, in the idempotency key, the external
/// reference and the serial number. One caller's alone.
/// </summary>
internal sealed class TicketRequests
{
    private const string Slot = "############";
    private static long _next;
    private readonly byte[] _bytes;
    private readonly int[] _slots;

    /// <param name="host">The service's address.</param>
    /// <param name="key">The caller's key.</param>
    /// <param name="occurredAt">Whether the request says when it happened.</param>
    public TicketRequests(string host, string key, bool occurredAt = false)
    {
        // Just as long as a real time, which replaces it.
        var at = occurredAt ? $"\"{Time(DateTimeOffset.UnixEpoch)}\"" : "null";
        var body = $$"""
            {"externalReference":"B-{{Slot}}","kind":"repair","urgency":"normal","complexity":"standard","description":"开机无反应,指示灯不亮。已更换插座,仍无反应。","product":{"model":"X200","serialNumber":"X200-{{Slot}}"},"contact":{"name":"王芳","phone":"+86 138 0000 0000","email":null,"preferredMedium":"phone"},"customerId":null,"region":"CN-31","medium":"web","occurredAt":{{at}}}
            """;
        var head = $"POST /v1/tickets HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            + $"Idempotency-Key: bench-{Slot}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n";
        _bytes = Encoding.UTF8.GetBytes(head + body);
        _slots = Places(_bytes, Encoding.ASCII.GetBytes(Slot));
        _time = occurredAt ? _bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(at)) + 1 : -1;
    }

    private readonly int _time;

    /// <summary>The next request, in the same bytes as the last.</summary>
    public ReadOnlyMemory<byte> Next(DateTimeOffset? occurredAt = null)
    {
        Span<byte> digits = stackalloc byte[Slot.Length];
        Interlocked.Increment(ref _next).TryFormat(digits, out _, "000000000000", CultureInfo.InvariantCulture);
        foreach (var slot in _slots) digits.CopyTo(_bytes.AsSpan(slot));
        if (occurredAt is { } at) Encoding.ASCII.GetBytes(Time(at), _bytes.AsSpan(_time));
        return _bytes;
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static int[] Places(byte[] text, byte[] wanted)
    {
        List<int> places = [];
        for (var at = 0; text.AsSpan(at).IndexOf(wanted) is >= 0 and var found; at += wanted.Length)
        {
            at += found;
            places.Add(at);
        }
        return [.. places];
    }
}
