namespace ServiceOrders.Domain.Policies;

/// <summary>Something that happened to a deadline policy (rows D1 to D9). Types of the base class library only, as for tickets.</summary>
public interface IPolicyEvent;

/// <summary>A version was drafted; it binds nothing until it is published.</summary>
/// <param name="Name">The policy's name, unique for ever.</param>
/// <param name="PolicyVersion">From 1, rising by one.</param>
/// <param name="Definition">The whole policy as JSON, in the API's form.</param>
public sealed record PolicyDrafted(string Name, int PolicyVersion, string Definition) : IPolicyEvent;

/// <summary>A drafted version was published. Running tickets keep the promises that they have, unless the publisher wants otherwise.</summary>
/// <param name="PolicyVersion">Which.</param>
/// <param name="EffectiveFrom">From when it binds tickets that are opened.</param>
/// <param name="ApplyToRunning">Whether running tickets that an older version binds are retargeted once it is in force.</param>
public sealed record PolicyPublished(int PolicyVersion, DateTimeOffset EffectiveFrom, bool ApplyToRunning = false) : IPolicyEvent;

/// <summary>Every published version was retired: tickets opened from then on are bound by other policies.</summary>
/// <param name="RetiredFrom">From when.</param>
public sealed record PolicyRetired(DateTimeOffset RetiredFrom) : IPolicyEvent;
