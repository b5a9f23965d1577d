using System.Collections.Immutable;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Teams;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>Every policy and calendar version that is known at one moment: an immutable snapshot that decisions are made with.</summary>
public sealed class Rulebook
{
    // None of these can be written, not even here: a book that tries others out shares them with the one that every decision is made with.
    private readonly IReadOnlyDictionary<(string, int), Policy> _policies;
    private readonly IReadOnlyDictionary<(string, int), BusinessCalendar> _calendars;
    private readonly IReadOnlyDictionary<string, BusinessCalendar> _latest;
    private readonly ImmutableArray<ImmutableArray<PublishedPolicy>> _published;
    private readonly Policy? _candidate;
    private readonly IReadOnlyDictionary<string, Team> _teams;
    private readonly Team? _others;

    /// <summary>A snapshot.</summary>
    /// <param name="policies">Published versions with the time from which each binds new tickets.</param>
    /// <param name="calendars">All versions of all calendars; <c>always</c> is added.</param>
    /// <param name="teams">The teams as they stand now; null: none.</param>
    public Rulebook(IEnumerable<PublishedPolicy> policies, IEnumerable<BusinessCalendar> calendars, IEnumerable<Team>? teams = null)
    {
        _teams = (teams ?? []).ToDictionary(t => t.Name, StringComparer.Ordinal);
        _others = _teams.Values.Where(t => t.AnswersForOthers).MinBy(t => t.Name, StringComparer.Ordinal);
        _published = [.. policies.GroupBy(p => p.Policy.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.OrderByDescending(p => p.Policy.Version).ToImmutableArray())];
        _policies = _published.SelectMany(versions => versions).ToDictionary(p => (p.Policy.Name, p.Policy.Version), p => p.Policy);
        _calendars = calendars.Append(BusinessCalendar.Always).ToDictionary(c => (c.Name, c.Version));
        _latest = _calendars.Values.GroupBy(c => c.Name).ToDictionary(g => g.Key, g => g.MaxBy(c => c.Version)!, StringComparer.Ordinal);
    }

    private Rulebook(Rulebook known, Policy? candidate, IReadOnlyCollection<BusinessCalendar> calendars)
    {
        _published = known._published;
        _candidate = candidate ?? known._candidate;
        (_teams, _others) = (known._teams, known._others);
        _policies = candidate is null ? known._policies : With(known._policies, [candidate], policy => (policy.Name, policy.Version));
        _calendars = calendars.All(c => known.FindCalendar(c.Name, c.Version) == c) ? known._calendars : With(known._calendars, calendars, c => (c.Name, c.Version));
        _latest = With(known._latest, calendars, c => c.Name);
    }

    private static Dictionary<TKey, T> With<TKey, T>(IReadOnlyDictionary<TKey, T> known, IEnumerable<T> others, Func<T, TKey> keyOf) where TKey : notnull
    {
        var all = new Dictionary<TKey, T>(known);
        foreach (var other in others) all[keyOf(other)] = other;
        return all;
    }

    /// <summary>These rules with others tried out in front of them (row A4).</summary>
    /// <param name="candidate">The policy of every ticket that is opened, whichever it is for; null: the policy that matches.</param>
    /// <param name="calendars">Each stands in as the latest version of its name.</param>
    public Rulebook Trying(Policy? candidate, IReadOnlyCollection<BusinessCalendar> calendars) => new(this, candidate, calendars);

    /// <summary>
    /// The policy for a ticket opened at <paramref name="at"/>: of each policy's version in force then, the matching one with the highest priority;
    /// of equal ones the first by name; null when none matches.
    /// </summary>
    public Policy? Select(Ticket ticket, DateTimeOffset at)
    {
        if (_candidate is not null) return _candidate;
        Policy? best = null;
        foreach (var versions in _published)
        {
            var inForce = versions.FirstOrDefault(version => version.EffectiveFrom <= at);
            if (inForce is null || inForce.RetiredFrom <= at || inForce.Policy.Priority <= best?.Priority) continue;
            if (inForce.Policy.AppliesTo.Matches(ticket)) best = inForce.Policy;
        }
        return best;
    }

    /// <summary>Whether a version of a policy is the one in force at <paramref name="at"/>: neither yet to come, nor superseded by a later one, nor retired.</summary>
    /// <exception cref="UnknownRuleException">This snapshot does not know it.</exception>
    public bool IsInForce(string policy, int version, DateTimeOffset at)
    {
        _ = Policy(policy, version);
        var inForce = VersionsOf(policy).FirstOrDefault(known => known.EffectiveFrom <= at);
        return inForce?.Policy.Version == version && !(inForce.RetiredFrom <= at);
    }

    /// <summary>Who answers for a team's tickets at an escalation level (row D5); null: nobody is set up for it.</summary>
    /// <param name="team">The team responsible; null: none is.</param>
    /// <param name="level">From 1.</param>
    public string? Supervisor(string? team, int level) =>
        (team is not null && _teams.TryGetValue(team, out var own) ? own.SupervisorAt(level) : null) ?? _others?.SupervisorAt(level);

    /// <summary>A version of a policy.</summary>
    /// <exception cref="UnknownRuleException">This snapshot does not know it.</exception>
    public Policy Policy(string name, int version) =>
        _policies.GetValueOrDefault((name, version)) ?? throw new UnknownRuleException($"policy {name} version {version}");

    /// <summary>The latest published version of a policy that is in force at <paramref name="at"/>, else the first that ever was; null when there is none.</summary>
    public Policy? Latest(string policy, DateTimeOffset at)
    {
        var versions = VersionsOf(policy);
        return (versions.FirstOrDefault(version => version.EffectiveFrom <= at) ?? versions.MinBy(version => version.EffectiveFrom))?.Policy;
    }

    /// <summary>A policy's published versions, the latest first; none when there is no such policy.</summary>
    private ImmutableArray<PublishedPolicy> VersionsOf(string policy)
    {
        foreach (var versions in _published)
        {
            if (versions[0].Policy.Name == policy) return versions;
        }
        return [];
    }

    /// <summary>A version of a calendar.</summary>
    /// <exception cref="UnknownRuleException">This snapshot does not know it.</exception>
    public BusinessCalendar Calendar(string name, int version) =>
        _calendars.GetValueOrDefault((name, version)) ?? throw new UnknownRuleException($"calendar {name} version {version}");

    /// <summary>A version of a calendar, the latest when none is named; null when there is none.</summary>
    public BusinessCalendar? FindCalendar(string name, int? version = null) =>
        version is { } wanted ? _calendars.GetValueOrDefault((name, wanted)) : _latest.GetValueOrDefault(name);

    /// <summary>The latest version of a calendar.</summary>
    /// <exception cref="UnknownRuleException">This snapshot does not know it.</exception>
    public BusinessCalendar Calendar(string name) => FindCalendar(name) ?? throw new UnknownRuleException($"calendar {name}");
}

/// <summary>A published version of a policy.</summary>
/// <param name="Policy">The version.</param>
/// <param name="EffectiveFrom">From when it binds tickets that are opened.</param>
/// <param name="RetiredFrom">From when it binds none any more.</param>
public sealed record PublishedPolicy(Policy Policy, DateTimeOffset EffectiveFrom, DateTimeOffset? RetiredFrom = null);

/// <summary>A ticket names a policy or calendar that the snapshot in hand does not know: take a newer one and decide again.</summary>
/// <param name="what">What is unknown.</param>
public sealed class UnknownRuleException(string what) : Exception($"Unknown {what}.");
