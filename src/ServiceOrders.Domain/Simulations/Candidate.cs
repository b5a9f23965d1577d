using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Simulations;

/// <summary>What is tried out (row A4): a policy, calendars, or both, in front of the rules that the service knows. Immutable and safe for concurrent use.</summary>
public sealed class Candidate
{
    /// <summary>Calendars that can be tried out at once.</summary>
    public const int MostCalendars = 20;

    private readonly IReadOnlyCollection<BusinessCalendar> _tried;
    private readonly HashSet<string> _calendars;

    private Candidate(Rulebook known, Policy? policy, IReadOnlyCollection<BusinessCalendar> calendars)
    {
        Known = known;
        Policy = policy;
        Rules = known.Trying(policy, calendars);
        _tried = calendars;
        _calendars = [.. calendars.Select(c => c.Name)];
    }

    /// <summary>The rules that the service knows.</summary>
    public Rulebook Known { get; }
    /// <summary>The policy that is tried out; null: tickets keep theirs.</summary>
    public Policy? Policy { get; }
    /// <summary>The rules with what is tried out in front of them.</summary>
    public Rulebook Rules { get; }

    /// <summary>The same tried out in front of newer rules.</summary>
    /// <param name="known">The rules that the service knows by now.</param>
    public Candidate InFrontOf(Rulebook known)
    {
        ArgumentNullException.ThrowIfNull(known);
        return new Candidate(known, Policy, _tried);
    }

    /// <summary>Takes a policy and calendars to be tried out.</summary>
    /// <param name="known">The rules that the service knows.</param>
    /// <param name="policy">A policy of version 0, which is checked, or a stored version, of which no more is asked than that its targets come to an end on these calendars; null: none.</param>
    /// <param name="calendars">Each stands in as the latest version of its name; new names are possible.</param>
    /// <param name="now">The time: each target of the policy must come to an end that is counted from there.</param>
    /// <exception cref="InvalidCandidateException">Something is wrong with them; every error is told by its path.</exception>
    public static Candidate Of(Rulebook known, Policy? policy, IReadOnlyList<CalendarDefinition> calendars, DateTimeOffset now)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (calendars.Count > MostCalendars) throw new InvalidCandidateException(new Dictionary<string, string> { ["calendars"] = $"must be at most {MostCalendars}" });
        var compiled = Compile(calendars, errors);
        if (policy is not null)
        {
            var wrong = policy.Version == 0 ? PolicyValidation.Errors(policy, Find, now) : PolicyValidation.OutOfReach(policy, Find, now);
            foreach (var (path, error) in wrong) errors.Add($"policy.{path}", error);
        }
        return errors.Count == 0 ? new Candidate(known, policy, compiled) : throw new InvalidCandidateException(errors);

        // What is wrong with a calendar is told of the calendar, not of the policy that counts on it.
        BusinessCalendar? Find(string name) => compiled.Find(c => c.Name == name) ?? (calendars.Any(c => c?.Name == name) ? BusinessCalendar.Always : known.FindCalendar(name));
    }

    /// <summary>Whether what is tried out stands in for what changed: then the change, although it really came, has no part in it.</summary>
    internal bool StandsInFor(RuleChange change) => change.Rule == ChangedRule.Policy ? Policy is not null : StandsInFor(change.Name);

    /// <summary>Whether a calendar of that name is tried out.</summary>
    internal bool StandsInFor(string calendar) => _calendars.Contains(calendar);

    private static List<BusinessCalendar> Compile(IReadOnlyList<CalendarDefinition> calendars, Dictionary<string, string> errors)
    {
        var compiled = new List<BusinessCalendar>(calendars.Count);
        for (var i = 0; i < calendars.Count; i++)
        {
            if (calendars[i] is not { } definition) errors.Add($"calendars[{i}]", "is missing");
            else if (definition.Name == BusinessCalendar.Always.Name) errors.Add($"calendars[{i}].name", "must not be always: it is built in");
            else if (compiled.Exists(c => c.Name == definition.Name)) errors.Add($"calendars[{i}].name", "is there already");
            else
            {
                try
                {
                    compiled.Add(BusinessCalendar.Compile(definition, 0));
                }
                catch (InvalidCalendarException wrong)
                {
                    foreach (var (path, error) in wrong.Errors) errors.Add($"calendars[{i}].{path}", error);
                }
            }
        }
        return compiled;
    }
}

/// <summary>What is to be tried out does not hold together.</summary>
/// <param name="errors">What is wrong, by field path.</param>
public sealed class InvalidCandidateException(IReadOnlyDictionary<string, string> errors)
    : Exception("The candidate has errors: " + string.Join("; ", errors.Select(e => $"{e.Key} {e.Value}")))
{
    /// <summary>What is wrong, by field path (<c>policy.milestones[0].calendar</c>, <c>calendars[1].week.monday[0]</c>).</summary>
    public IReadOnlyDictionary<string, string> Errors { get; } = errors;
}
