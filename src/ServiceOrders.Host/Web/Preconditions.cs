using System.Globalization;

namespace ServiceOrders.Host.Web;

/// <summary>The header <c>If-Match</c> (RFC 9110, 13.1.1). An entity tag here is a resource's version in quotes, <c>"3"</c>.</summary>
public static class Preconditions
{
    /// <summary>
    /// The version that the caller believes in; null when the header is missing or <c>*</c>. One strong tag only: a list of versions would say that the caller does
    /// not know which one it looked at.
    /// </summary>
    /// <exception cref="ProblemException">It is malformed, weak, or a list.</exception>
    public static long? IfMatch(HttpContext http)
    {
        var header = http.Request.Headers.IfMatch;
        if (header.Count == 0) return null;
        var text = header.ToString().Trim();
        if (text == "*") return null;
        if (text.Length is > 2 and <= 21 && text[0] == '"' && text[^1] == '"'
            && long.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version)) return version;
        throw new ProblemException(Problem.With(ProblemTypes.InvalidHeader, "If-Match", "must be one strong entity tag as an ETag gave it, like \"3\", or *"));
    }
}
