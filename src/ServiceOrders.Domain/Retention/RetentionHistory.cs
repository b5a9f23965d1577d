using System.Collections.Immutable;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Retention;

/// <summary>Something that happened to the retention rules (row A3). Types of the base class library only, as for tickets.</summary>
public interface IRetentionRulesEvent;

/// <summary>A new set of rules took the place of the one before, for every run of retention from now on.</summary>
/// <param name="RulesVersion">From 1, rising by one.</param>
/// <param name="Definition">All rules as JSON, in the API's form.</param>
public sealed record RetentionRulesPublished(int RulesVersion, string Definition) : IRetentionRulesEvent;

/// <summary>A set of retention rules that was once put in force.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Definition">The rules as JSON.</param>
/// <param name="PublishedAt">From when it was in force.</param>
/// <param name="By">Who put it in force.</param>
public sealed record RetentionVersion(int Version, string Definition, DateTimeOffset PublishedAt, Actor By)
{
    /// <summary>The rules.</summary>
    public RetentionRules Rules => DefinitionJson.Read<RetentionRules>(Definition);
}

/// <summary>The retention rules as their events tell them: every set that was ever in force, the last of which is. Immutable.</summary>
public sealed record RetentionHistory
{
    /// <summary>The one stream's name: there is one set of rules for the whole service.</summary>
    public const string Name = "default";

    /// <summary>More than enough: whoever changes them daily has rules for years.</summary>
    public const int MostVersions = 2_000;

    /// <summary>The rules before the first set.</summary>
    public static readonly RetentionHistory Unsaved = new();

    /// <summary>Every set, the oldest first.</summary>
    public ImmutableList<RetentionVersion> Versions { get; init; } = [];

    /// <summary>Version of the last event, and of the set in force: each event is one. 0: there is none.</summary>
    public long Version => Versions.Count;

    /// <summary>The rules after an event. Total: an unknown one throws.</summary>
    public RetentionHistory Evolve(IRetentionRulesEvent happened, EventMeta meta) => happened switch
    {
        RetentionRulesPublished e => this with { Versions = Versions.Add(new RetentionVersion(e.RulesVersion, e.Definition, meta.OccurredAt, meta.Actor)) },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event of retention rules."),
    };

    /// <summary>Puts a set in force; the one that is already stays as it is, so that no run begins anew for nothing.</summary>
    public Verdict<IRetentionRulesEvent> Publish(RetentionRules rules) =>
        RetentionValidation.Errors(rules) is { Count: > 0 } errors ? Refusal.Invalid("invalid-retention-rules", errors)
        : Version > 0 && DefinitionJson.Write(rules) == Versions[^1].Definition ? Verdict.Unchanged<IRetentionRulesEvent>()
        : Version >= MostVersions ? Refusal.State("too-many-versions", $"The rules have {MostVersions} versions already.")
        : new RetentionRulesPublished((int)Version + 1, DefinitionJson.Write(rules));

    /// <summary>Puts the shipped set in force, where there is none.</summary>
    public Verdict<IRetentionRulesEvent> PublishShipped(RetentionRules rules) =>
        Version > 0 ? Refusal.State("name-taken", "There are retention rules already.") : Publish(rules);
}
