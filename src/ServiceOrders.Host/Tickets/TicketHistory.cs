using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tickets;

/// <summary>
/// A ticket's history, read from its stream: every event, in order, unsealed. A channel gets its own tickets' histories without internal notes, the reasons of breaches and of legal holds (so its versions
/// have gaps); everything else that happened to its customer's request it may know: who is responsible, what was promised, what was missed.
/// </summary>
/// <param name="store">The streams.</param>
/// <param name="tickets">Finds tickets.</param>
public sealed class TicketHistory(IEventStore store, TicketReader tickets)
{
    private const string SealedPrefix = "sealed";
    private const int CursorLength = 8 + 4;

    /// <summary>What staff write for each other.</summary>
    private static readonly string[] ForStaffOnly = ["note_added", "breach_annotated", "legal_hold_placed", "legal_hold_lifted"];

    /// <summary>A page of a ticket's history; null: there is no ticket that the caller may see.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="idOrNumber">The ticket's id or service number.</param>
    /// <param name="cursor">Where the page before ended.</param>
    /// <param name="limit">1 to 500.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="InvalidCursorException">The cursor is none of this history.</exception>
    public async Task<Page<HistoryItem>?> PageAsync(TicketRequest request, string idOrNumber, string? cursor, int limit, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (await tickets.FindAsync(idOrNumber, cancellation).ConfigureAwait(false) is not { } ticket || !request.MaySee(ticket)) return null;
        var from = cursor is null ? 1 : ReadCursor(cursor, ticket.Id);
        var events = await store.ReadStreamAsync(ticket.Id, from, limit: limit + 1, cancellation: cancellation).ConfigureAwait(false);
        var disclosure = await tickets.DiscloseAsync(request, ticket, cancellation).ConfigureAwait(false);
        var items = events.Take(limit).Select(stored => ItemFor(request, stored, disclosure)).OfType<HistoryItem>().ToArray();
        tickets.TakeDown(request, ticket, disclosure);
        return new Page<HistoryItem>(items, events.Count > limit ? WriteCursor(events[limit].Version, ticket.Id) : null);
    }

    /// <summary>An event as the caller sees it; null for one that is not theirs to see.</summary>
    internal static HistoryItem? ItemFor(TicketRequest request, StoredEvent stored, Disclosure disclosure) =>
        request.Caller.Channel is not null && ForStaffOnly.Contains(stored.Type) ? null : Item(stored, disclosure);

    /// <summary>An event as its readers see it; null for one that is not ours (Marten's own).</summary>
    private static HistoryItem? Item(StoredEvent stored, Disclosure disclosure)
    {
        if (EventSerializer.Data(stored) is not ITicketEvent happened) return null;
        var headers = EventSerializer.Headers(stored);
        return new HistoryItem(stored.Version, stored.Position, stored.Type, headers.OccurredAt, stored.RecordedAt, headers.Actor, headers.Channel, disclosure.Name(headers.OnBehalfOf),
            headers.Historical ?? false, stored.CorrelationId, stored.CausationId, Disclosed(happened, disclosure), stored.Id, EventCause.Of(stored, headers));
    }

    private static JsonObject Disclosed(ITicketEvent happened, Disclosure disclosure)
    {
        var raw = JsonSerializer.SerializeToNode(happened, happened.GetType(), ApiJson.Options)!.AsObject();
        var data = new JsonObject();
        var erased = false;
        foreach (var (name, value) in raw.ToArray())
        {
            raw.Remove(name);
            if (!name.StartsWith(SealedPrefix, StringComparison.Ordinal))
            {
                data[name] = value;
                continue;
            }
            data[PlainName(name)] = name switch
            {
                "sealedContact" => JsonSerializer.SerializeToNode(disclosure.Contact((string?)value), ApiJson.Options),
                "sealedDescription" => disclosure.Text((string?)value, PersonalData.Description),
                _ => disclosure.Text((string?)value),
            };
            erased |= disclosure.IsErased && value is not null;
        }
        if (erased) data["erased"] = true;
        return data;
    }

    /// <summary>The name under which readers find what an event holds sealed: <c>sealedText</c> becomes <c>text</c>.</summary>
    internal static string PlainName(string name) => name.Length > SealedPrefix.Length && name.StartsWith(SealedPrefix, StringComparison.Ordinal)
        ? char.ToLowerInvariant(name[SealedPrefix.Length]) + name[(SealedPrefix.Length + 1)..] : name;

    private static string WriteCursor(long version, Guid ticket)
    {
        Span<byte> bytes = stackalloc byte[CursorLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, version);
        Sum(bytes[..8], ticket).CopyTo(bytes[8..]);
        return Base64Url.EncodeToString(bytes);
    }

    private static long ReadCursor(string cursor, Guid ticket)
    {
        Span<byte> bytes = stackalloc byte[CursorLength];
        if (cursor.Length != Base64Url.GetEncodedLength(CursorLength) || !Base64Url.TryDecodeFromChars(cursor, bytes, out _)
            || !Sum(bytes[..8], ticket).AsSpan().SequenceEqual(bytes[8..])) throw new InvalidCursorException();
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }

    private static byte[] Sum(ReadOnlySpan<byte> version, Guid ticket) => SHA256.HashData([.. version, .. ticket.ToByteArray()])[..4];
}
