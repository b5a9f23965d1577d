using System.Buffers.Text;
using System.Text;

namespace ServiceOrders.Host.Web;

/// <summary>Cursors of lists in the order of names: the last name of a page. Names never change, so pages neither skip nor repeat.</summary>
internal static class NameCursor
{
    /// <summary>The name after which the page starts; empty: the first page.</summary>
    /// <exception cref="ProblemException">The cursor is none of ours.</exception>
    public static string Decode(Query query)
    {
        var cursor = query.Text("cursor", 400);
        if (cursor is null) return "";
        if (Base64Url.IsValid(cursor) && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) is { } name && !name.Contains('\0', StringComparison.Ordinal)) return name;
        throw new ProblemException(Problem.With(ProblemTypes.InvalidParameter, "cursor", "must be the nextCursor of the page before"));
    }

    /// <summary>A page of up to <paramref name="limit"/> items.</summary>
    /// <param name="items">In order; one more than the limit when there is a next page.</param>
    /// <param name="limit">The page's size.</param>
    /// <param name="name">An item's name.</param>
    public static Page<T> PageOf<T>(IReadOnlyList<T> items, int limit, Func<T, string> name) =>
        items.Count <= limit ? new Page<T>(items, null) : new Page<T>([.. items.Take(limit)], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(name(items[limit - 1]))));
}
