using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Privacy;

/// <summary>An answer that shows personal data, on its way into the access log.</summary>
/// <param name="At">When it was made.</param>
/// <param name="By">Whom it is for.</param>
/// <param name="Route">Through which operation.</param>
/// <param name="Shown">What it shows, a ticket each.</param>
public sealed record Access(DateTimeOffset At, Actor By, string Route, IReadOnlyList<Showing> Shown);

/// <summary>Entries of the access log: what a caller was shown by one operation within one second, a ticket each.</summary>
internal sealed class AccessEntries
{
    private readonly Dictionary<(Actor By, string Route, PersonalData Kinds, long Second), (DateTimeOffset At, List<ShownTicket> Tickets)> _entries = [];

    /// <summary>How many tickets they tell of.</summary>
    public int Shown { get; private set; }

    /// <summary>As the event has them.</summary>
    public IReadOnlyList<PersonalDataAccess> Told =>
        [.. _entries.Select(e => new PersonalDataAccess(e.Value.At, e.Key.By, e.Key.Route, PersonalDataNames.Of(e.Key.Kinds), e.Value.Tickets))];

    /// <summary>Takes an answer in.</summary>
    public void Add(Access access)
    {
        foreach (var (ticket, subject, kinds) in access.Shown)
        {
            var key = (access.By, access.Route, kinds, access.At.UtcTicks / TimeSpan.TicksPerSecond);
            if (!_entries.TryGetValue(key, out var entry)) _entries.Add(key, entry = (access.At, []));
            entry.Tickets.Add(new ShownTicket(ticket, subject == ticket ? null : subject));
        }
        Shown += access.Shown.Count;
    }
}

/// <summary>
/// What was told within the minute: who is shown the same of the same ticket by the same operation again, as whoever keeps a list open is every few seconds, is told once a minute of the clock.
/// More than may be remembered is forgotten, and so told again.
/// </summary>
internal sealed class RecentlyTold
{
    private const int MostRemembered = 100_000;

    private readonly HashSet<(Actor By, string Route, Showing Shown)> _told = [];
    private long _minute;

    /// <summary>What of it is news, and is remembered from now on.</summary>
    public Showing[] News(DateTimeOffset now, Actor by, string route, IEnumerable<Showing> shown)
    {
        var minute = now.UtcTicks / TimeSpan.TicksPerMinute;
        if (minute != _minute || _told.Count >= MostRemembered) _told.Clear();
        _minute = minute;
        return [.. shown.Where(showing => _told.Add((by, route, showing)))];
    }
}

/// <summary>What is shown of a ticket.</summary>
/// <param name="TicketId">The ticket.</param>
/// <param name="SubjectId">Its data subject.</param>
/// <param name="Kinds">What is shown.</param>
public readonly record struct Showing(Guid TicketId, Guid SubjectId, PersonalData Kinds)
{
    /// <summary>What was shown of a ticket.</summary>
    public static Showing Of(Ticket ticket, Disclosure disclosure)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(disclosure);
        return new(ticket.Id, ticket.SubjectId, disclosure.Shown);
    }
}

/// <summary>The names of kinds of personal data, as events and answers have them.</summary>
internal static class PersonalDataNames
{
    private static readonly PersonalData[] Kinds = [.. Enum.GetValues<PersonalData>().Where(kind => kind != PersonalData.None)];

    // There are few combinations, and each is told again and again.
    private static readonly IReadOnlyList<string>[] Names = [.. Enumerable.Range(0, 1 << Kinds.Length).Select(set =>
        (IReadOnlyList<string>)[.. Kinds.Where(kind => ((PersonalData)set & kind) != 0).Select(kind => kind.ToString().ToLowerInvariant())])];

    public static IReadOnlyList<string> Of(PersonalData kinds) => Names[(int)kinds];
}
