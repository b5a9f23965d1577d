using System.Text;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Privacy;

/// <summary>What is left of personal data for those who may not see it: enough to tell two people apart, too little to find either.</summary>
internal static class Masks
{
    /// <summary>Stands for any text.</summary>
    public const string Text = "[masked]";

    /// <summary>Stands for what looks sealed and does not open.</summary>
    public const string Unreadable = "[unreadable]";

    private const string Hidden = "***";
    private const int DigitsShown = 4;

    /// <summary>The first character of a name: 王*.</summary>
    public static string? Name(string? name) => string.IsNullOrWhiteSpace(name) ? name : name.Trim().EnumerateRunes().First() + "*";

    /// <summary>The last four digits of a telephone number; none of one that has no more than twice as many, for half of it would be told.</summary>
    public static string? Phone(string? phone)
    {
        if (string.IsNullOrWhiteSpace(phone)) return phone;
        var digits = new StringBuilder();
        foreach (var c in phone.Where(char.IsDigit)) digits.Append(c);
        return digits.Length > 2 * DigitsShown ? string.Concat(Hidden, digits.ToString(digits.Length - DigitsShown, DigitsShown)) : Hidden;
    }

    /// <summary>The first character of an e-mail address, and its domain.</summary>
    public static string? Email(string? email)
    {
        if (string.IsNullOrWhiteSpace(email)) return email;
        var (trimmed, at) = (email.Trim(), email.Trim().LastIndexOf('@'));
        return at > 0 ? string.Concat(trimmed.EnumerateRunes().First().ToString(), Hidden, trimmed[at..]) : Hidden;
    }

    /// <summary>Contact details.</summary>
    public static Contact Of(Contact contact) => new(Name(contact.Name), Phone(contact.Phone), Email(contact.Email), contact.PreferredMedium);
}
