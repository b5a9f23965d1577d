namespace ServiceOrders.Domain.Tickets;

/// <summary>Small things about texts.</summary>
internal static class Texts
{
    /// <summary>A text as it is kept: without white space around it; null when there is nothing else.</summary>
    public static string? Kept(this string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
