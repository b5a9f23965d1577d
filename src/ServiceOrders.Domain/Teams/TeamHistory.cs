using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Teams;

/// <summary>A team as its events tell it. Immutable.</summary>
public sealed record TeamHistory
{
    /// <summary>Levels that a team may have supervisors for.</summary>
    public const int MaxSupervisors = PolicyValidation.MaxLevel;

    /// <summary>A team before it was set up.</summary>
    public static readonly TeamHistory Unsaved = new();

    /// <summary>Version of the last event, and of the team: each event is one. 0: there is none.</summary>
    public long Version { get; init; }
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";
    /// <summary>The team as JSON.</summary>
    public string Definition { get; init; } = "";
    /// <summary>When it was saved.</summary>
    public DateTimeOffset SavedAt { get; init; }

    /// <summary>The team after an event. Total: an unknown one throws.</summary>
    public TeamHistory Evolve(ITeamEvent happened, EventMeta meta) => happened switch
    {
        TeamSaved e => this with { Version = meta.Version, Name = e.Name, Definition = e.Definition, SavedAt = meta.OccurredAt },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event of a team."),
    };

    /// <summary>Sets a team up.</summary>
    public Verdict<ITeamEvent> Create(Team team) =>
        Version > 0 ? Refusal.State("name-taken", "There is a team of that name. PUT changes it.") : Save(team.Name, team);

    /// <summary>Changes a team, or sets it up; nothing, where it is so already.</summary>
    /// <param name="name">The team's name.</param>
    /// <param name="team">The whole team anew.</param>
    public Verdict<ITeamEvent> Save(string name, Team team)
    {
        if (team.Name != name) return Refusal.Rule("name-differs", $"must be {name}, as in the address: a team keeps its name", "name");
        if (Errors(team) is { Count: > 0 } errors) return Refusal.Invalid("invalid-team", errors);
        var definition = DefinitionJson.Write(team);
        return definition == Definition ? Verdict.Unchanged<ITeamEvent>() : new TeamSaved(name, (int)Version + 1, definition);
    }

    private static Dictionary<string, string> Errors(Team team)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(team.Name) || team.Name != team.Name.Trim() || Check.OfName("name", team.Name).Count > 0)
            errors["name"] = $"must be 1 to {Limits.Name} characters, none of them a control character, none of the ends blank";
        if (team.Supervisors is not { Count: <= MaxSupervisors } supervisors)
        {
            errors["supervisors"] = $"must have at most {MaxSupervisors} entries, one for a level";
            return errors;
        }
        for (var i = 0; i < supervisors.Count; i++)
        {
            if (supervisors[i] is not { } supervisor) errors[$"supervisors[{i}]"] = "is missing";
            else if (supervisor.Level is < 1 or > PolicyValidation.MaxLevel) errors[$"supervisors[{i}].level"] = $"must be from 1 to {PolicyValidation.MaxLevel}";
            else if (supervisors.Take(i).Any(earlier => earlier?.Level == supervisor.Level)) errors[$"supervisors[{i}].level"] = "has a supervisor already";
            else if (string.IsNullOrWhiteSpace(supervisor.Name) || Check.OfName("name", supervisor.Name).Count > 0) errors[$"supervisors[{i}].name"] = $"must be 1 to {Limits.Name} characters";
        }
        return errors;
    }
}
