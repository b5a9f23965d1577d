namespace ServiceOrders.Cli.ServiceNow;

/// <summary>What a state of ServiceNow means for a ticket.</summary>
public enum Phase
{
    /// <summary>Received, nobody has taken it on.</summary>
    New,
    /// <summary>Someone works on it.</summary>
    Working,
    /// <summary>Waits for the caller.</summary>
    AwaitingCustomer,
    /// <summary>Waits for someone else: a vendor, evidence, the solution of a wider problem.</summary>
    AwaitingThirdParty,
    /// <summary>A resolution was given.</summary>
    Resolved,
    /// <summary>Done.</summary>
    Closed,
    /// <summary>Withdrawn.</summary>
    Cancelled,
}

/// <summary>ServiceNow's names of states.</summary>
public static class IncidentState
{
    private static readonly Dictionary<string, Phase> Phases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["New"] = Phase.New,
        ["Active"] = Phase.Working,
        ["In Progress"] = Phase.Working,
        ["Awaiting User Info"] = Phase.AwaitingCustomer,
        ["Awaiting Vendor"] = Phase.AwaitingThirdParty,
        ["Awaiting Problem"] = Phase.AwaitingThirdParty,
        ["Awaiting Evidence"] = Phase.AwaitingThirdParty,
        ["Resolved"] = Phase.Resolved,
        ["Closed"] = Phase.Closed,
        ["Canceled"] = Phase.Cancelled,
        ["Cancelled"] = Phase.Cancelled,
    };

    /// <summary>Whether a row says nothing of the state: <c>?</c>, or <c>-100</c>, which the published log has for a state that was lost.</summary>
    public static bool IsUnknown(string? state) => state is null or "-100";

    /// <summary>What a state means; null: nobody here knows it.</summary>
    public static Phase? PhaseOf(string state) => Phases.TryGetValue(state, out var phase) ? phase : null;
}
