using System.Text.RegularExpressions;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Policies;

/// <summary>Checks a policy, collecting every error by its field's path (<c>milestones[2].target.elapsed</c>). A policy without errors can be decided with.</summary>
public sealed partial class PolicyValidation
{
    /// <summary>Entries of a policy.</summary>
    public const int MaxMilestones = 50;
    /// <summary>Values in a list of conditions or triggers.</summary>
    public const int MaxValues = 100;
    /// <summary>The highest level that a breach may escalate to.</summary>
    public const int MaxLevel = 9;
    /// <summary>The longest target, in days of clock or working time, and in working days.</summary>
    public const int MaxDays = 1_000;

    private const int MaxWarnings = 10;
    private const int MaxActions = 10;
    private const int MaxAnnotation = 500;
    private const int MaxPriority = 1_000_000;
    private const int MaxTextLength = 100;

    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);
    private readonly Policy _policy;
    private readonly Func<string, BusinessCalendar?> _calendars;

    private PolicyValidation(Policy policy, Func<string, BusinessCalendar?> calendars)
    {
        _policy = policy;
        _calendars = calendars;
    }

    /// <summary>What is wrong with a policy; empty: nothing.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="calendars">The calendar of a name; null: there is none.</param>
    /// <param name="from">From when on it is to promise: each target is tried from then.</param>
    public static IReadOnlyDictionary<string, string> Errors(Policy policy, Func<string, BusinessCalendar?> calendars, DateTimeOffset from)
    {
        var check = new PolicyValidation(policy, calendars);
        check.Whole();
        return check._errors.Count > 0 ? check._errors : OutOfReach(policy, calendars, from);
    }

    /// <summary>Targets of a policy without other errors that would never be due: on a calendar of an hour a week, a thousand days are centuries. By their paths; empty: none.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="calendars">The calendar of a name; null: there is none.</param>
    /// <param name="from">When the clocks are supposed to start.</param>
    public static IReadOnlyDictionary<string, string> OutOfReach(Policy policy, Func<string, BusinessCalendar?> calendars, DateTimeOffset from)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (i, milestone) in policy.Milestones.Index())
        {
            if (milestone.Target.Agreed is not null || calendars(milestone.Calendar) is not { } calendar || IsEverDue(milestone.Target, calendar, from)) continue;
            errors.Add($"milestones[{i}].target", $"would not be due before the year {BusinessCalendar.LastYear + 1}: calendar {milestone.Calendar} has too little working time");
        }
        return errors;
    }

    private static bool IsEverDue(Target target, BusinessCalendar calendar, DateTimeOffset from)
    {
        try
        {
            Budget.Promise(target, calendar, from, [], []);
            return true;
        }
        catch (CalendarRangeException)
        {
            return false;
        }
    }

    /// <summary>What is wrong with a target by itself; empty: nothing.</summary>
    public static Dictionary<string, string> TargetErrors(Target target)
    {
        var check = new PolicyValidation(new Policy { Name = "", Milestones = [] }, _ => null);
        check.Target("target", target);
        return check._errors;
    }

    private void Error(string path, string what) => _errors.TryAdd(path, what);

    private void Whole()
    {
        if (_policy.Name is null || !NamePattern().IsMatch(_policy.Name)) Error("name", "must be 1 to 64 lower-case letters, digits and hyphens, and start with a letter or digit");
        if (_policy.Priority is < -MaxPriority or > MaxPriority) Error("priority", $"must be from -{MaxPriority} to {MaxPriority}");
        AppliesTo("appliesTo", _policy.AppliesTo);
        if (_policy.AppliesTo?.HoldReason is { Count: > 0 }) Error("appliesTo.holdReason", "is for milestones only: a policy is chosen when the ticket is opened");
        if (_policy.Milestones is not { Count: > 0 and <= MaxMilestones } milestones)
        {
            Error("milestones", $"must have 1 to {MaxMilestones} entries");
            return;
        }
        for (var i = 0; i < milestones.Count; i++)
        {
            if (milestones[i] is { } milestone) Milestone($"milestones[{i}]", milestone);
            else Error($"milestones[{i}]", "is missing");
        }
        // Whether the parts make sense together can only be said when each of them does.
        if (_errors.Count > 0) return;
        foreach (var (path, what) in PolicySense.Errors(_policy)) Error(path, what);
    }

    private void Milestone(string path, MilestoneRule milestone)
    {
        if (milestone.Name is null || !MilestonePattern().IsMatch(milestone.Name)) Error($"{path}.name", "must be a camelCase word of 1 to 64 letters and digits");
        if (milestone.Calendar is null || _calendars(milestone.Calendar) is null) Error($"{path}.calendar", "names no calendar");
        AppliesTo($"{path}.appliesTo", milestone.AppliesTo);
        Target($"{path}.target", milestone.Target);
        Triggered($"{path}.startsOn", milestone.StartsOn, "names nothing that starts it");
        Triggered($"{path}.metBy", milestone.MetBy, "names nothing that can meet it");
        NotByClock($"{path}.metBy", milestone.MetBy);
        Triggered($"{path}.cancelledBy", milestone.CancelledBy);
        Triggered($"{path}.restartsOn", milestone.RestartsOn);
        NotByClock($"{path}.restartsOn", milestone.RestartsOn);
        NotByItself($"{path}.metBy", milestone.MetBy, milestone.Name);
        NotByItself($"{path}.restartsOn", milestone.RestartsOn, milestone.Name);
        Values($"{path}.pausedBy", milestone.PausedBy);
        Warnings($"{path}.warnAt", milestone.WarnAt);
        Breach($"{path}.onBreach", milestone.OnBreach);
        if (!Enum.IsDefined(milestone.OnReopen)) Error($"{path}.onReopen", "must be continue or restart");
    }

    private void Target(string path, Target? target)
    {
        var given = target is null ? 0 : new object?[] { target.Elapsed, target.Working, target.WorkingDays, target.Agreed }.Count(part => part is not null);
        if (given != 1) Error(path, "must be exactly one of elapsed, working, workingDays and agreed");
        if (target?.Elapsed is { } elapsed) Length($"{path}.elapsed", elapsed);
        if (target?.Working is { } working) Length($"{path}.working", working);
        if (target?.WorkingDays is < 1 or > MaxDays) Error($"{path}.workingDays", $"must be from 1 to {MaxDays}");
        if (target?.Agreed is { } agreed && agreed != Visit.Agreement) Error($"{path}.agreed", $"names nothing that is ever agreed; there is {Visit.Agreement}");
    }

    private void Length(string path, string duration)
    {
        if (Durations.TryParse(duration) is not { } length || length <= TimeSpan.Zero || length > TimeSpan.FromDays(MaxDays))
        {
            Error(path, $"must be an ISO 8601 duration in days, hours, minutes and seconds, more than zero and at most P{MaxDays}D, such as PT8H");
        }
    }

    private void Triggered(string path, IReadOnlyList<string>? triggers, string? whenEmpty = null)
    {
        if (whenEmpty is not null && triggers is not { Count: > 0 }) Error(path, whenEmpty);
        Values(path, triggers);
        for (var i = 0; i < Math.Min(triggers?.Count ?? 0, MaxValues); i++)
        {
            if (WrongTrigger(triggers![i]) is { } wrong) Error($"{path}[{i}]", wrong);
        }
    }

    /// <summary>Two clocks that meet or restart each other by their breaches would never come to rest.</summary>
    private void NotByClock(string path, IReadOnlyList<string>? triggers)
    {
        if (triggers?.Any(t => t is not null && t.Split(':')[0] == Triggers.Breached) == true) Error(path, "cannot name a breach: what is owed is done by people");
    }

    /// <summary>A clock whose breach hands the ticket over, and which a handing over ends and starts again, would run for ever.</summary>
    private void NotByItself(string path, IReadOnlyList<string>? triggers, string? milestone)
    {
        if (triggers?.Contains("assigned") != true) return;
        if (_policy.Milestones.Any(m => m?.Name == milestone && m?.OnBreach?.Any(action => action?.Reassign is not null) == true)) Error(path, "cannot name assigned: a breach of this milestone reassigns, and would feed itself");
    }

    private string? WrongTrigger(string? trigger)
    {
        if (trigger is null) return "is missing";
        var (name, milestone) = trigger.Split(':', 2) is [var before, var after] ? (before, after) : (trigger, null);
        if (!Triggers.All.Contains(name)) return $"is no trigger; the triggers are {string.Join(", ", Triggers.All.Order(StringComparer.Ordinal))}";
        if (milestone is null) return null;
        if (name == Triggers.Escalated) return milestone is [>= '1' and <= '9'] ? null : $"must name a level from 1 to {MaxLevel} after the colon";
        if (name != Triggers.Breached) return $"only {Triggers.Breached} (a milestone) and {Triggers.Escalated} (a level) may say more after a colon";
        return _policy.Milestones.Any(m => m?.Name == milestone) ? null : "names no milestone of this policy after the colon";
    }

    private void Warnings(string path, IReadOnlyList<int>? percents)
    {
        if (percents is null || percents.Count > MaxWarnings || percents.Any(p => p is < 1 or > 99) || percents.Zip(percents.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            Error(path, $"must be at most {MaxWarnings} rising percentages from 1 to 99, such as [50, 75]");
        }
    }

    private void Breach(string path, IReadOnlyList<BreachAction>? actions)
    {
        if (actions is not { Count: <= MaxActions })
        {
            Error(path, $"must have at most {MaxActions} actions, such as [{{\"escalate\": 1}}]");
            return;
        }
        for (var i = 0; i < actions.Count; i++)
        {
            if (WrongAction(actions[i]) is { } wrong) Error($"{path}[{i}]", wrong);
        }
        if (actions.Count(a => a?.Escalate > 0 || a?.EscalateBy > 0) > 1) Error(path, "has more than one escalation");
    }

    private static string? WrongAction(BreachAction? action)
    {
        var given = action is null ? 0 : (action.Escalate != 0 ? 1 : 0) + (action.EscalateBy != 0 ? 1 : 0) + new object?[] { action.Notify, action.Reassign, action.Annotate }.Count(part => part is not null);
        if (given != 1) return "must be exactly one of escalate, escalateBy, notify, reassign and annotate";
        return action switch
        {
            { Escalate: < 0 or > MaxLevel } => $"must escalate to level 1 to {MaxLevel}",
            { EscalateBy: < 0 or > MaxLevel } => $"must escalate by 1 to {MaxLevel} levels",
            { Notify: { } audience } when !Enum.IsDefined(audience) => "must notify customer, assignee, team or supervisor",
            { Reassign: { Team: null, Assignee: null } } => "must name a team or an assignee to hand over to",
            { Reassign: { } to } when IsNoName(to.Team) || IsNoName(to.Assignee) => $"must hand over to names of 1 to {MaxTextLength} characters",
            { Annotate: { } text } when string.IsNullOrWhiteSpace(text) || text.Length > MaxAnnotation => $"must annotate with a text of 1 to {MaxAnnotation} characters",
            _ => null,
        };
    }

    private static bool IsNoName(string? name) => name is not null && (string.IsNullOrWhiteSpace(name) || name.Length > MaxTextLength || Check.OfName("name", name).Count > 0);

    private void AppliesTo(string path, Applicability? to)
    {
        if (to is null)
        {
            Error(path, "is missing; {} is everything");
            return;
        }
        Texts($"{path}.channel", to.Channel);
        Values($"{path}.kind", to.Kind);
        Values($"{path}.urgency", to.Urgency);
        Values($"{path}.complexity", to.Complexity);
        Values($"{path}.tier", to.Tier);
        Texts($"{path}.region", to.Region);
        Values($"{path}.medium", to.Medium);
        Values($"{path}.holdReason", to.HoldReason);
    }

    private void Texts(string path, IReadOnlyList<string>? texts)
    {
        Values(path, texts);
        if (texts?.Any(text => text is null or { Length: 0 or > MaxTextLength }) == true) Error(path, $"must have texts of 1 to {MaxTextLength} characters");
    }

    private void Values<T>(string path, IReadOnlyList<T>? values)
    {
        if (values is null) Error(path, "is missing; [] is none");
        else if (values.Count > MaxValues) Error(path, $"has more than {MaxValues} values");
        else if (values.Distinct().Count() < values.Count) Error(path, "names something twice");
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}\\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[a-z][a-zA-Z0-9]{0,63}\\z")]
    private static partial Regex MilestonePattern();
}
