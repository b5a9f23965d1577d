using System.Collections.Immutable;
using ServiceOrders.Domain.Calendars.Importing;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Calendars;

/// <summary>Something that happened to a business calendar (row D2). Types of the base class library only, as for tickets.</summary>
public interface ICalendarEvent;

/// <summary>A version was published: clocks that start from now on are counted on it, and running ones are retargeted to it.</summary>
/// <param name="Name">The calendar's name, unique for ever.</param>
/// <param name="CalendarVersion">From 1, rising by one.</param>
/// <param name="Definition">The whole calendar as JSON, in the API's form.</param>
public sealed record CalendarPublished(string Name, int CalendarVersion, string Definition) : ICalendarEvent;

/// <summary>A calendar with all of its versions, as its events tell them. Immutable.</summary>
public sealed record CalendarHistory
{
    /// <summary>Versions that a calendar may have.</summary>
    public const int MaxVersions = 1_000;

    /// <summary>A calendar before its first version.</summary>
    public static readonly CalendarHistory Unsaved = new();

    /// <summary>Why the calendar <c>always</c> cannot be changed.</summary>
    public static readonly Refusal BuiltIn = Refusal.State("built-in-calendar", "The calendar always is 7×24, built in, and cannot be changed.");

    /// <summary>Version of the last event, and of the calendar: each event is a version. 0: there is no such calendar.</summary>
    public long Version { get; init; }
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";
    /// <summary>Its versions, from 1, each as JSON.</summary>
    public ImmutableArray<CalendarVersion> Versions { get; init; } = [];

    /// <summary>The calendar after an event. Total: an unknown one throws.</summary>
    public CalendarHistory Evolve(ICalendarEvent happened, EventMeta meta) => (happened switch
    {
        CalendarPublished e => this with { Name = e.Name, Versions = Versions.Add(new CalendarVersion(e.CalendarVersion, e.Definition, meta.OccurredAt)) },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event of a calendar."),
    }) with { Version = meta.Version };

    /// <summary>Publishes the first version.</summary>
    public Verdict<ICalendarEvent> Create(CalendarDefinition definition) =>
        Version > 0 ? Refusal.State("name-taken", "There is a calendar of that name. PUT publishes its next version.") : Publish(definition.Name, definition);

    /// <summary>Publishes the next version; nothing, where it says the same as the latest.</summary>
    /// <param name="name">The calendar's name.</param>
    /// <param name="definition">The whole calendar anew.</param>
    public Verdict<ICalendarEvent> Publish(string name, CalendarDefinition definition)
    {
        if (name == BusinessCalendar.Always.Name) return BuiltIn;
        if (definition.Name != name) return Refusal.Rule("name-differs", $"must be {name}, as in the address: a calendar keeps its name", "name");
        try
        {
            BusinessCalendar.Compile(definition, Versions.Length + 1);
        }
        catch (InvalidCalendarException wrong)
        {
            return Refusal.Invalid("invalid-calendar", wrong.Errors);
        }
        // A version would have every running clock retargeted, each by an event of its ticket.
        if (Versions is [.., var latest] && definition.SaysTheSameAs(DefinitionJson.Read<CalendarDefinition>(latest.Definition))) return Verdict.Unchanged<ICalendarEvent>();
        if (Versions.Length >= MaxVersions) return Refusal.State("too-many-versions", $"A calendar has at most {MaxVersions} versions. Start one of another name.");
        return new CalendarPublished(name, Versions.Length + 1, DefinitionJson.Write(definition));
    }

    /// <summary>Publishes the latest version with a feed's holidays and make-up days as the next.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="terms">How it is taken.</param>
    /// <param name="cancellation">Whoever asks went away.</param>
    public Verdict<ICalendarEvent> Import(HolidayFeed feed, ImportTerms terms, CancellationToken cancellation = default)
    {
        var current = DefinitionJson.Read<CalendarDefinition>(Versions[^1].Definition);
        var (import, refusal) = CalendarImport.Of(current, feed, terms, cancellation);
        if (refusal is not null) return refusal;
        return import!.ChangesNothing(current) ? Refusal.Rule("nothing-changes", "The calendar has all of these days already.") : Publish(Name, import.Next);
    }
}

/// <summary>A version of a calendar.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Definition">As JSON.</param>
/// <param name="SavedAt">When it was published.</param>
public sealed record CalendarVersion(int Version, string Definition, DateTimeOffset SavedAt)
{
    /// <summary>The change that running clocks follow: every version but the first corrects the one before; null: there was none before.</summary>
    /// <param name="calendar">The calendar's name.</param>
    /// <param name="version">The version.</param>
    public static RuleChange? ForRunning(string calendar, int version) => version > 1 ? new RuleChange(ChangedRule.Calendar, calendar, version) : null;
}
