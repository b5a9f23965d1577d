using System.Globalization;

namespace ServiceOrders.Host.Web;

/// <summary>Cursors of lists of what is numbered, the highest first: the last number of a page. Its pages are <see cref="NameCursor"/>'s.</summary>
internal static class NumberCursor
{
    /// <summary>The number below which the page starts; the highest there is: the first page.</summary>
    /// <exception cref="ProblemException">The cursor is none of ours.</exception>
    public static long Decode(Query query)
    {
        var cursor = NameCursor.Decode(query);
        return cursor.Length == 0 ? long.MaxValue : long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ProblemException(Problem.With(ProblemTypes.InvalidParameter, "cursor", "must be the nextCursor of the page before"));
    }
}
