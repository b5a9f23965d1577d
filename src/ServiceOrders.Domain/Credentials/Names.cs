using System.Text;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Credentials;

/// <summary>Names of channels and staff: they stand in events for ever and in addresses.</summary>
public static class Names
{
    /// <summary>Characters that a name may have.</summary>
    public const int MostCharacters = 64;

    private const string Shape = "must be 1 to 64 characters: lower-case letters, digits, and within it - _ . @";

    /// <summary>Refuses what is no name; null when it is one. Letters of every script will do, but only small ones where there are two sizes: so no two names differ by case alone.</summary>
    public static Refusal? Check(string name)
    {
        var runes = name.EnumerateRunes().ToArray();
        var sound = name.Length is > 0 and <= MostCharacters && runes.All(IsAllowed) && Rune.IsLetterOrDigit(runes[0]) && Rune.IsLetterOrDigit(runes[^1]);
        return sound ? null : Refusal.Rule("invalid-name", $"The name {Shape}.", "name");
    }

    private static bool IsAllowed(Rune rune) =>
        (Rune.IsLetterOrDigit(rune) && !Rune.IsUpper(rune)) || rune.Value is '-' or '_' or '.' or '@';
}
