namespace ServiceOrders.Domain;

/// <summary>Where a version of a policy, calendar or set of rules stands.</summary>
public enum RuleStatus
{
    /// <summary>Binds nothing yet.</summary>
    Draft,
    /// <summary>In force from its effective time on.</summary>
    Published,
    /// <summary>Binds no new tickets from its retirement on.</summary>
    Retired,
}
