namespace ServiceOrders.Domain.Teams;

/// <summary>Something that happened to a team (rows H1, D5). Types of the base class library only, as for tickets.</summary>
public interface ITeamEvent;

/// <summary>A team was set up, or its supervisors changed; it counts for escalations from then on.</summary>
/// <param name="Name">The team's name, unique for ever.</param>
/// <param name="TeamVersion">From 1, rising by one.</param>
/// <param name="Definition">The whole team as JSON, in the API's form.</param>
public sealed record TeamSaved(string Name, int TeamVersion, string Definition) : ITeamEvent;
