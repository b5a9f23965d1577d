using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Privacy;

/// <summary><c>GET /v1/audit/master-key</c>: which master key is in force, and how far a change of it is.</summary>
public static class MasterKeyEndpoints
{
    /// <summary>Maps it.</summary>
    public static void MapMasterKey(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/audit/master-key", GetAsync).Describe("getMasterKey", "Audit", "Which master key is in force, by its id, and how far a change of it is.",
                "A change begins when a node is started with `ServiceOrders__MasterKey` (the new one) and `ServiceOrders__PreviousMasterKey` (the one in force); once `nextId` is null and `id` the new one's, the previous one may be removed.")
            .For(Callers.Administrator, auditors: true).Answers<MasterKeyView>(200, "The ids; never a key.");

    private static async Task<IResult> GetAsync(HttpContext http, MasterKeyRegister register, MasterKeyRotation rotation)
    {
        var state = await register.ReadAsync(http.RequestAborted);
        return new Answer(new MasterKeyView(state.Id, state.NextId, state.StartedAt, state.NextId is null ? 0 : await rotation.RemainingAsync(http.RequestAborted), rotation.Unreadable, rotation.UnreadableSecrets));
    }
}

/// <summary>The master key in force.</summary>
/// <param name="Id">Its id: 16 hexadecimal digits that tell nothing of it.</param>
/// <param name="NextId">The id of the one that it is being changed to; null: it is not being changed.</param>
/// <param name="StartedAt">Since when it is being changed.</param>
/// <param name="Remaining">Keys still wrapped by the one on its way out.</param>
/// <param name="Unreadable">Subjects whose key does not open, as this node found when it last tried, at most 100: the change does not end while there are any.</param>
/// <param name="UnreadableSecrets">Names of secrets of the service, <c>requests</c> or <c>sample-seed/2026-10</c>, of which the same is true.</param>
public sealed record MasterKeyView(string Id, string? NextId, DateTimeOffset? StartedAt, long Remaining, IReadOnlyList<Guid> Unreadable,
    IReadOnlyList<string> UnreadableSecrets);
