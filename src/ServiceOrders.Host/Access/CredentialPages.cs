using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Credentials;

namespace ServiceOrders.Host.Access;

/// <summary>Pages of channels and staff.</summary>
internal static class CredentialPages
{
    public static async Task<Page<CredentialRow>> ReadAsync(CredentialQuery credentials, ActorKind kind, Query query, CancellationToken cancellation)
    {
        var limit = query.Limit();
        return NameCursor.PageOf(await credentials.ListAsync(kind, NameCursor.Decode(query), limit + 1, cancellation), limit, row => row.Name);
    }
}
