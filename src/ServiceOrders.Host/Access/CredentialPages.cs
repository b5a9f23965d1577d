using System.Buffers.Text;
using System.Text;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Credentials;

namespace ServiceOrders.Host.Access;

/// <summary>Pages of channels and staff. The cursor is the last name of a page: names never change, so pages neither skip nor repeat.</summary>
internal static class CredentialPages
{
    public static async Task<Page<CredentialRow>> ReadAsync(CredentialQuery credentials, ActorKind kind, Query query, CancellationToken cancellation)
    {
        var limit = query.Limit();
        var rows = await credentials.ListAsync(kind, NameOf(query.Text("cursor", 400)), limit + 1, cancellation);
        return rows.Count <= limit ? new Page<CredentialRow>(rows, null)
            : new Page<CredentialRow>([.. rows.Take(limit)], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(rows[limit - 1].Name)));
    }

    private static string? NameOf(string? cursor)
    {
        if (cursor is null) return null;
        if (Base64Url.IsValid(cursor) && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) is { } name && !name.Contains('\0', StringComparison.Ordinal)) return name;
        throw new ProblemException(Problem.With(ProblemTypes.InvalidParameter, "cursor", "must be the nextCursor of the page before"));
    }
}
