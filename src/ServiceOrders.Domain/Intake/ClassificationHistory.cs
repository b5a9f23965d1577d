using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Intake;

/// <summary>Something that happened to the classification rules (row I5). Types of the base class library only, as for tickets.</summary>
public interface IClassificationEvent;

/// <summary>A new set of rules took the place of the one before, for requests from now on.</summary>
/// <param name="RulesVersion">From 1, rising by one.</param>
/// <param name="Definition">All rules as JSON, in the API's form.</param>
public sealed record ClassificationRulesPublished(int RulesVersion, string Definition) : IClassificationEvent;

/// <summary>The classification rules as their events tell them: the set in force. Immutable.</summary>
public sealed record ClassificationHistory
{
    /// <summary>The one stream's name: there is one set of rules for the whole service.</summary>
    public const string Name = "default";

    /// <summary>The rules before the first set.</summary>
    public static readonly ClassificationHistory Unsaved = new();

    /// <summary>Version of the last event, and of the set: each event is one. 0: there is none.</summary>
    public long Version { get; init; }
    /// <summary>The set in force, as JSON.</summary>
    public string Definition { get; init; } = """{"rules":[]}""";
    /// <summary>When it was published.</summary>
    public DateTimeOffset SavedAt { get; init; }

    /// <summary>The rules after an event. Total: an unknown one throws.</summary>
    public ClassificationHistory Evolve(IClassificationEvent happened, EventMeta meta) => happened switch
    {
        ClassificationRulesPublished e => this with { Version = meta.Version, Definition = e.Definition, SavedAt = meta.OccurredAt },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event of classification rules."),
    };

    /// <summary>Puts a set in force; nothing, where it is so already.</summary>
    public Verdict<IClassificationEvent> Publish(ClassificationRules rules) =>
        ClassifierValidation.Errors(rules) is { Count: > 0 } errors ? Refusal.Invalid("invalid-classification-rules", errors)
        : Version > 0 && DefinitionJson.Write(rules) == Definition ? Verdict.Unchanged<IClassificationEvent>()
        : new ClassificationRulesPublished((int)Version + 1, DefinitionJson.Write(rules));

    /// <summary>Puts the shipped set in force, where there is none.</summary>
    public Verdict<IClassificationEvent> PublishShipped(ClassificationRules rules) =>
        Version > 0 ? Refusal.State("name-taken", "There are classification rules already.") : Publish(rules);
}
