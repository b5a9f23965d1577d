using System.Collections.Immutable;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Policies;

/// <summary>A policy with all of its versions, as its events tell them. Immutable.</summary>
public sealed record PolicyHistory
{
    /// <summary>How long before it takes effect a change must be published, so that every node knows it by then.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromSeconds(5);

    /// <summary>From when the shipped policies bind: early enough for every ticket that was ever imported.</summary>
    public static readonly DateTimeOffset BeginningOfTime = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Versions that a policy may have.</summary>
    public const int MaxVersions = 1_000;

    /// <summary>A policy before its first draft.</summary>
    public static readonly PolicyHistory Unsaved = new();

    /// <summary>Version of the last event; 0: there is no such policy.</summary>
    public long Version { get; init; }
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";
    /// <summary>Its versions, from 1.</summary>
    public ImmutableArray<PolicyVersion> Versions { get; init; } = [];

    /// <summary>The latest version, drafted or published.</summary>
    public PolicyVersion Latest => Versions[^1];

    /// <summary>Whether the version that is in force, or the latest that is to come, is past the date of its review (每年修订, row D9). A draft binds nothing and need not be reviewed.</summary>
    /// <param name="today">The date.</param>
    public bool IsReviewOverdue(DateOnly today) => Versions.LastOrDefault(v => v.Status == RuleStatus.Published)?.Policy.ReviewBy < today;

    /// <summary>The policy after an event. Total: an unknown one throws.</summary>
    public PolicyHistory Evolve(IPolicyEvent happened, EventMeta meta) => (happened switch
    {
        PolicyDrafted e => this with
        {
            Name = e.Name,
            Versions = Versions.Add(new PolicyVersion(DefinitionJson.Read<Policy>(e.Definition) with { Version = e.PolicyVersion }, null, null, meta.OccurredAt, meta.Version)),
        },
        PolicyPublished e => this with
        {
            Versions = Versions.SetItem(e.PolicyVersion - 1, Versions[e.PolicyVersion - 1] with { EffectiveFrom = e.EffectiveFrom, ApplyToRunning = e.ApplyToRunning, ChangedAt = meta.Version }),
        },
        PolicyRetired e => this with
        {
            Versions = [.. Versions.Select(v => v is { EffectiveFrom: not null, RetiredFrom: null } ? v with { RetiredFrom = e.RetiredFrom, ChangedAt = meta.Version } : v)],
        },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event of a policy."),
    }) with { Version = meta.Version };

    /// <summary>Drafts the first version.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="calendars">The calendar of a name; null: there is none.</param>
    /// <param name="now">The time.</param>
    public Verdict<IPolicyEvent> Create(Policy policy, Func<string, BusinessCalendar?> calendars, DateTimeOffset now) =>
        Version > 0 ? Refusal.State("name-taken", "There is a policy of that name. PUT drafts its next version.") : Draft(policy.Name, policy, calendars, now);

    /// <summary>Drafts the next version; nothing, where the latest is a draft that says the same.</summary>
    /// <param name="name">The policy's name.</param>
    /// <param name="policy">The whole policy anew.</param>
    /// <param name="calendars">The calendar of a name; null: there is none.</param>
    /// <param name="now">The time.</param>
    public Verdict<IPolicyEvent> Draft(string name, Policy policy, Func<string, BusinessCalendar?> calendars, DateTimeOffset now)
    {
        if (policy.Name != name) return Refusal.Rule("name-differs", $"must be {name}, as in the address: a policy keeps its name", "name");
        if (PolicyValidation.Errors(policy, calendars, now) is { Count: > 0 } errors) return Refusal.Invalid("invalid-policy", errors);
        if (Versions is [.., { Status: RuleStatus.Draft } draft] && DefinitionJson.Write(policy with { Version = draft.Policy.Version }) == DefinitionJson.Write(draft.Policy)) return Verdict.Unchanged<IPolicyEvent>();
        if (Versions.Length >= MaxVersions) return Refusal.State("too-many-versions", $"A policy has at most {MaxVersions} versions. Start one of another name.");
        var version = Versions.Length + 1;
        return new PolicyDrafted(name, version, DefinitionJson.Write(policy with { Version = version }));
    }

    /// <summary>Publishes the draft, if what it says holds on the calendars as they are by now.</summary>
    /// <param name="effectiveFrom">From when it binds tickets that are opened; null: as soon as may be.</param>
    /// <param name="applyToRunning">Whether running tickets that an older version binds are to be retargeted once it is in force.</param>
    /// <param name="calendars">The calendar of a name; null: there is none.</param>
    /// <param name="now">The time.</param>
    public Verdict<IPolicyEvent> Publish(DateTimeOffset? effectiveFrom, bool applyToRunning, Func<string, BusinessCalendar?> calendars, DateTimeOffset now)
    {
        if (Latest.EffectiveFrom is not null) return Refusal.State("nothing-to-publish", $"Version {Latest.Policy.Version} is published already, and there is no draft after it.");
        if (Check(effectiveFrom, now, "effectiveFrom") is { } refusal) return refusal;
        if (PolicyValidation.Errors(Latest.Policy, calendars, now) is { Count: > 0 } errors) return Refusal.Invalid("invalid-policy", errors);
        return new PolicyPublished(Latest.Policy.Version, effectiveFrom ?? now + Notice, applyToRunning);
    }

    /// <summary>Publishes a shipped policy at the first start: nobody is bound by anything yet, so it takes effect from the beginning of time.</summary>
    public Verdict<IPolicyEvent> PublishShipped() =>
        Version == 1 ? new PolicyPublished(1, BeginningOfTime) : Refusal.State("nothing-to-publish", "The policy is no longer as it was shipped.");

    /// <summary>Retires every published version.</summary>
    /// <param name="retiredFrom">From when tickets that are opened are no longer bound; null: as soon as may be.</param>
    /// <param name="now">The time.</param>
    public Verdict<IPolicyEvent> Retire(DateTimeOffset? retiredFrom, DateTimeOffset now)
    {
        if (!Versions.Any(v => v is { EffectiveFrom: not null, RetiredFrom: null })) return Refusal.State("nothing-to-retire", "No published version of the policy is in force or to come.");
        return Check(retiredFrom, now, "retiredFrom") is { } refusal ? refusal : new PolicyRetired(retiredFrom ?? now + Notice);
    }

    private static Refusal? Check(DateTimeOffset? from, DateTimeOffset now, string field) =>
        from < now + Notice ? Refusal.Rule("too-soon", $"must be at least {Notice.TotalSeconds:0} seconds from now, so that every node knows of it by then", field)
        : from?.Year > BusinessCalendar.LastYear ? Refusal.Rule("too-late", $"must be no later than the year {BusinessCalendar.LastYear}", field) : null;
}

/// <summary>A version of a policy.</summary>
/// <param name="Policy">What it says.</param>
/// <param name="EffectiveFrom">From when it binds tickets that are opened; null: a draft.</param>
/// <param name="RetiredFrom">From when it binds none any more; null: not retired.</param>
/// <param name="SavedAt">When it was drafted.</param>
/// <param name="ChangedAt">Version of the event that changed it last.</param>
public sealed record PolicyVersion(Policy Policy, DateTimeOffset? EffectiveFrom, DateTimeOffset? RetiredFrom, DateTimeOffset SavedAt, long ChangedAt)
{
    /// <summary>Whether it was published for running tickets too.</summary>
    public bool ApplyToRunning { get; init; }

    /// <summary>The change that running tickets follow; null: they keep their promises.</summary>
    public RuleChange? ForRunning => ApplyToRunning ? new RuleChange(ChangedRule.Policy, Policy.Name, Policy.Version) : null;

    /// <summary>Where it stands.</summary>
    public RuleStatus Status => EffectiveFrom is null ? RuleStatus.Draft : RetiredFrom is null ? RuleStatus.Published : RuleStatus.Retired;
}
