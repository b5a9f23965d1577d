using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Accesses;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Privacy;

/// <summary><c>GET /v1/audit/accesses</c>: who was shown whose personal data (row K5).</summary>
public static class AccessEndpoints
{
    private static readonly QueryParameter Subject = new("subject", typeof(Guid), "Only accesses to the data of this subject: a customer, also one who was erased and came back, a ticket without one, or a subject by its own id.");
    private static readonly QueryParameter Ticket = new("ticket", typeof(Guid), "Only accesses to this ticket.");
    private static readonly QueryParameter Actor = new("actor", typeof(string), "Only those of this caller: staff:li-wei, channel:wechat-shop, or the bare name.");
    private static readonly QueryParameter From = new("from", typeof(DateTimeOffset), "At this instant or later.");
    private static readonly QueryParameter To = new("to", typeof(DateTimeOffset), "Before this instant.");

    /// <summary>Maps it.</summary>
    public static void MapAccesses(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/audit/accesses", ListAsync).Describe("listAccesses", "Audit", "Lists who was shown whose personal data, the latest first.",
                "One entry for each ticket of which an answer showed personal data plain: a ticket as it stands or stood, a list, a history, a repeated answer. What an act's or an opening's own answer shows is told by its event, "
                + "masked answers show nothing, and the same again within the same minute is told once. Entries follow the answers by a second or two; each is an event, `personal_data_read`, and so part of the log of all events.")
            .For(Callers.Administrator, auditors: true).Query(Subject, Ticket, Actor, From, To, QueryParameter.Limit, QueryParameter.Cursor)
            .Answers<Page<AccessView>>(200, "A page of them.").Refuses(ProblemTypes.InvalidParameter);

    private static async Task<IResult> ListAsync(HttpContext http, AccessQuery accesses)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var filter = new AccessFilter(query.Id(Subject.Name), query.Id(Ticket.Name), ActorsOf(query.Text(Actor.Name)), query.Instant(From.Name), query.Instant(To.Name));
        var after = query.Text(QueryParameter.Cursor.Name) is { } cursor ? AccessCursor.Read(cursor) : (AccessPlace?)null;
        var page = await accesses.PageAsync(filter, after, limit + 1, http.RequestAborted);
        return new Answer(new Page<AccessView>([.. page.Take(limit).Select(AccessView.Of)], page.Count > limit ? AccessCursor.Write(page[limit - 1].Place) : null));
    }

    private static string[] ActorsOf(string? actor) => actor is null ? [] : actor.Contains(':', StringComparison.Ordinal) ? [actor] : [$"staff:{actor}", $"channel:{actor}"];
}

/// <summary>That somebody was shown the personal data of a ticket.</summary>
/// <param name="At">When the answer was made.</param>
/// <param name="Actor">To whom: <c>staff:li-wei</c>, <c>channel:wechat-shop</c>.</param>
/// <param name="Route">Through which operation.</param>
/// <param name="TicketId">Of which ticket.</param>
/// <param name="SubjectId">Whose: the data subject that the customer is, or the ticket itself where none is known.</param>
/// <param name="Kinds">What was shown: <c>contact</c>, <c>description</c>, <c>texts</c>, <c>name</c>.</param>
/// <param name="Position">The event's place in the order of everything.</param>
public sealed record AccessView(DateTimeOffset At, string Actor, string Route, Guid TicketId, Guid SubjectId, IReadOnlyList<string> Kinds, long Position)
{
    /// <summary>A row.</summary>
    public static AccessView Of(ListedAccess access)
    {
        ArgumentNullException.ThrowIfNull(access);
        return new(access.Place.At, access.Actor, access.Route, access.TicketId, access.SubjectId, access.Kinds, access.Place.Position);
    }
}

/// <summary>Where a page ended, as opaque text with a check sum.</summary>
internal static class AccessCursor
{
    private const int SumAt = 8 + 8 + 4, Length = SumAt + 4;

    public static string Write(AccessPlace place)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, place.At.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], place.Position);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], place.Ordinal);
        Sum(bytes[..SumAt]).CopyTo(bytes[SumAt..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <exception cref="InvalidCursorException">It is none.</exception>
    public static AccessPlace Read(string cursor)
    {
        Span<byte> bytes = stackalloc byte[Length];
        if (cursor.Length != Base64Url.GetEncodedLength(Length) || !Base64Url.TryDecodeFromChars(cursor, bytes, out _) || !Sum(bytes[..SumAt]).AsSpan().SequenceEqual(bytes[SumAt..]))
            throw new InvalidCursorException();
        // The sum has no key: whoever knows how can make one that is right around an instant that is none.
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (ticks < 0 || ticks > DateTimeOffset.MaxValue.Ticks) throw new InvalidCursorException();
        return new AccessPlace(new DateTimeOffset(ticks, TimeSpan.Zero), BinaryPrimitives.ReadInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadInt32BigEndian(bytes[16..]));
    }

    private static byte[] Sum(ReadOnlySpan<byte> place) => SHA256.HashData([.. "accesses"u8, .. place])[..4];
}
