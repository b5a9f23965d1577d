using System.Text.Json;

namespace ServiceOrders.ReadModels;

/// <summary>The names of an enumeration's members in columns: camelCase, as in the API. Computed once, so that a row costs no text.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
internal static class Names<T>
    where T : struct, Enum
{
    private static readonly Dictionary<T, string> ByValue = Enum.GetValues<T>().ToDictionary(v => v, v => JsonNamingPolicy.CamelCase.ConvertName(v.ToString()));

    /// <summary>A member's name.</summary>
    public static string Of(T value) => ByValue[value];

    /// <summary>A member's name; null where there is none.</summary>
    public static string? Of(T? value) => value is { } member ? ByValue[member] : null;

    /// <summary>Several members' names.</summary>
    public static string[] Of(IReadOnlyList<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return [.. values.Select(v => ByValue[v])];
    }
}
