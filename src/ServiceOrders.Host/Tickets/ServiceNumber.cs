namespace ServiceOrders.Host.Tickets;

/// <summary>
/// 统一的服务申请编号 (row I2): <c>SO-</c>, digits, and a check digit after Damm (2004), which finds every single wrong digit and every swap of two neighbours: what
/// goes wrong when a number is read over the phone.
/// </summary>
public static class ServiceNumber
{
    /// <summary>What every number starts with.</summary>
    public const string Prefix = "SO-";

    private const int MaximumDigits = 19;

    // Damm's totally anti-symmetric quasigroup of order 10.
    private static readonly byte[,] Table =
    {
        { 0, 3, 1, 7, 5, 9, 8, 6, 4, 2 },
        { 7, 0, 9, 2, 1, 5, 4, 8, 6, 3 },
        { 4, 2, 0, 6, 8, 7, 1, 3, 5, 9 },
        { 1, 7, 5, 0, 9, 8, 3, 4, 2, 6 },
        { 6, 1, 2, 3, 0, 4, 5, 9, 7, 8 },
        { 3, 6, 7, 4, 2, 0, 9, 5, 8, 1 },
        { 5, 8, 6, 9, 7, 2, 0, 1, 3, 4 },
        { 8, 9, 4, 5, 3, 6, 2, 0, 1, 7 },
        { 9, 4, 3, 8, 6, 1, 7, 2, 0, 5 },
        { 2, 5, 8, 1, 4, 3, 6, 7, 9, 0 },
    };

    /// <summary>The printed number of an ordinal.</summary>
    /// <param name="ordinal">From the database's sequence, at least 1.</param>
    public static string Of(long ordinal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ordinal, 1);
        Span<char> text = stackalloc char[Prefix.Length + MaximumDigits + 1];
        Prefix.CopyTo(text);
        ordinal.TryFormat(text[Prefix.Length..], out var digits, provider: System.Globalization.CultureInfo.InvariantCulture);
        var end = Prefix.Length + digits;
        text[end] = (char)('0' + Check(text[Prefix.Length..end]));
        return new string(text[..(end + 1)]);
    }

    /// <summary>
    /// The number as printed, from what someone typed: upper or lower case, with or without <c>SO</c>, hyphens or spaces anywhere.
    /// Null when it is none, or when its check digit is wrong.
    /// </summary>
    public static string? Parse(string? typed)
    {
        if (typed is null || typed.Length > 64) return null;
        Span<char> digits = stackalloc char[MaximumDigits + 1];
        var count = 0;
        foreach (var c in WithoutPrefix(typed.AsSpan().Trim()))
        {
            if (c is ' ' or '-') continue;
            if (!char.IsAsciiDigit(c) || count == digits.Length) return null;
            digits[count++] = c;
        }
        digits = digits[..count];
        return count >= 2 && digits[0] != '0' && Check(digits) == 0 ? string.Concat(Prefix, digits) : null;
    }

    private static ReadOnlySpan<char> WithoutPrefix(ReadOnlySpan<char> typed) =>
        typed.StartsWith("SO", StringComparison.OrdinalIgnoreCase) ? typed[2..] : typed;

    /// <summary>The check digit of some digits; 0 for digits that end with their right check digit.</summary>
    private static int Check(ReadOnlySpan<char> digits)
    {
        var state = 0;
        foreach (var digit in digits) state = Table[state, digit - '0'];
        return state;
    }
}
