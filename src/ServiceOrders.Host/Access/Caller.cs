using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Host.Access;

/// <summary>Who sent a request: a channel, or a member of staff with a role.</summary>
/// <param name="Id">The stream of the channel or member of staff.</param>
/// <param name="Kind">Channel or staff.</param>
/// <param name="Name">Its unique name.</param>
/// <param name="Role">The role; null for a channel.</param>
/// <param name="Medium">The channel's medium; null for staff.</param>
public sealed record Caller(Guid Id, ActorKind Kind, string Name, StaffRole? Role, Medium? Medium)
{
    /// <summary>Who acts, as events name it.</summary>
    public Actor Actor { get; } = new(Kind, Name);

    /// <summary>Names the caller in the scopes of keys: <c>channel:wechat-shop</c>.</summary>
    public string Scope { get; } = (Kind == ActorKind.Channel ? "channel:" : "staff:") + Name;

    /// <summary>The channel's name, whose tickets alone it may see; null for staff, who see all.</summary>
    public string? Channel => Kind == ActorKind.Channel ? Name : null;

    /// <summary>Whether the caller reads everything and changes nothing.</summary>
    public bool IsAuditor => Role == StaffRole.Auditor;

    /// <summary>Whether the caller gets personal data plain: whoever handles tickets, and the channel whose customer it is. An auditor gets it masked (row K5).</summary>
    public bool SeesPersonalData => !IsAuditor;

    /// <summary>What the caller counts as among those who may do an act. An auditor is none of them.</summary>
    public Callers Callers { get; } = Role switch
    {
        null => Callers.Channel,
        StaffRole.Agent => Callers.Agent,
        StaffRole.Technician => Callers.Technician,
        StaffRole.Supervisor => Callers.Supervisor,
        StaffRole.Administrator => Callers.Administrator,
        _ => Callers.None,
    };
}

/// <summary>The caller of a request.</summary>
public static class CallerOfRequest
{
    /// <summary>Who sent the request. Operations that are not open to everyone always have a caller.</summary>
    public static Caller Caller(this HttpContext http) => http.Features.Get<Caller>() ?? throw new InvalidOperationException("The operation was reached without a caller.");
}
