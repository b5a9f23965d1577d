namespace ServiceOrders.Domain.Policies;

/// <summary>Something that happened to a deadline policy (rows D1 to D9). Types of the base class library only, as for tickets.</summary>
public interface IPolicyEvent;

/// <summary>A version was drafted; it binds nothing until it is published.</summary>
/// <param name="Name">The policy's name, unique for ever.</param>
/// <param name="PolicyVersion">From 1, rising by one.</param>
/// <param name="Definition">The whole policy as JSON, in the API's form.</param>
public sealed record PolicyDrafted(string Name, int PolicyVersion, string Definition) : IPolicyEvent;

/// <summary>A drafted version was published. Running tickets keep the promises that they have.</summary>
/// <param name="PolicyVersion">Which.</param>
/// <param name="EffectiveFrom">From when it binds tickets that are opened.</param>
public sealed record PolicyPublished(int PolicyVersion, DateTimeOffset EffectiveFrom) : IPolicyEvent;

/// <summary>Every published version was retired: tickets opened from then on are bound by other policies.</summary>
/// <param name="RetiredFrom">From when.</param>
public sealed record PolicyRetired(DateTimeOffset RetiredFrom) : IPolicyEvent;
