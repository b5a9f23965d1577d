using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>How long texts may be, in UTF-16 units.</summary>
public static class Limits
{
    /// <summary>A description, a message, a note.</summary>
    public const int Text = 10_000;
    /// <summary>A reason.</summary>
    public const int Reason = 2_000;
    /// <summary>The name of a person, a team, a product; a reference.</summary>
    public const int Name = 200;
    /// <summary>A telephone number, as the customer writes it.</summary>
    public const int Phone = 40;
    /// <summary>An e-mail address (RFC 5321, 4.5.3.1.3).</summary>
    public const int Email = 254;
    /// <summary>Fields asked for at once.</summary>
    public const int Fields = 20;
    /// <summary>A notice of queueing promises no longer wait than this.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromDays(30);
}

/// <summary>Gathers what is wrong with a message, field by field. Names a field as the JSON does.</summary>
/// <param name="historical">An import of the past: texts and the contact, which old logs often lack, may be missing.</param>
internal sealed partial class Check(bool historical)
{
    private readonly List<FieldError> _errors = [];

    /// <summary>What is wrong with a message: its own rules, and those that hold for every act.</summary>
    public static IReadOnlyList<FieldError> Of<T>(T act, bool historical, Action<T, Check> validate) where T : TicketAct
    {
        var check = new Check(historical);
        validate(act, check);
        if (act is ReasonedAct { Reason: var reason }) check.Text("reason", reason, Limits.Reason);
        return check._errors;
    }

    /// <summary>What is wrong with a name that belongs to no message.</summary>
    public static IReadOnlyList<FieldError> OfName(string field, string? name) => new Check(historical: true).Name(field, name)._errors;

    public Check Wrong(string field, string message)
    {
        _errors.Add(new FieldError(field, message));
        return this;
    }

    /// <summary>An id that names something: that of nobody would make one subject of all who send it.</summary>
    public Check SomeId(string field, Guid? id) => id == Guid.Empty ? Wrong(field, "must not be all zeros") : this;

    public Check Missing(string field)
    {
        _errors.Add(FieldError.Missing(field));
        return this;
    }

    /// <summary>A text that will be sealed: anything goes, up to a length.</summary>
    public Check Text(string field, string? text, int max = Limits.Text) =>
        text?.Length > max ? Wrong(field, string.Create(CultureInfo.InvariantCulture, $"must be at most {max} characters long")) : this;

    /// <summary>A text that the act is about.</summary>
    public Check RequiredText(string field, string? text) =>
        string.IsNullOrWhiteSpace(text) && !historical ? Missing(field) : Text(field, text);

    /// <summary>A value without which the act says nothing.</summary>
    public Check Required<T>(string field, T? value) where T : struct, Enum =>
        value is null ? Missing(field) : Known(field, value);

    /// <summary>A time without which the act says nothing.</summary>
    public Check Required(string field, DateTimeOffset? time) => time is null ? Missing(field) : this;

    /// <summary>A time to come that somebody is told: no promise could be counted beyond the years that calendars compute with.</summary>
    public Check Ahead(string field, DateTimeOffset? time) =>
        time?.UtcDateTime.Year > BusinessCalendar.LastYear ? Wrong(field, string.Create(CultureInfo.InvariantCulture, $"must be no later than the year {BusinessCalendar.LastYear}")) : this;

    /// <summary>A value of a vocabulary: a number that names none is refused.</summary>
    public Check Known<T>(string field, T? value) where T : struct, Enum =>
        value is { } given && !Enum.IsDefined(given) ? Wrong(field, "is not one of the known values") : this;

    /// <summary>A name that is stored as it is: on one line, and such as PostgreSQL's jsonb takes (no U+0000, no half of a surrogate pair).</summary>
    public Check Name(string field, string? name, int max = Limits.Name)
    {
        if (name is null) return this;
        foreach (var rune in name.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar) return Wrong(field, "must not hold control characters or broken ones");
        }
        return Text(field, name, max);
    }

    /// <summary>A country or a part of one.</summary>
    public Check Region(string field, string? region) =>
        region is null || Iso3166().IsMatch(region) ? this : Wrong(field, "must be an ISO 3166-2 code such as CN-31");

    /// <summary>A wait that was promised.</summary>
    public Check Wait(string field, string? duration) =>
        duration is null || (Durations.TryParse(duration) is { } wait && wait > TimeSpan.Zero && wait <= Limits.Wait)
            ? this
            : Wrong(field, "must be an ISO 8601 duration of more than nothing and at most 30 days, such as PT5M");

    /// <summary>Someone's contact details; whether they reach anyone depends on the ticket, see <see cref="Contact.Reaches"/>.</summary>
    public Check Contact(string field, Contact? contact)
    {
        if (contact is null) return this;
        Name($"{field}.name", contact.Name).Name($"{field}.phone", contact.Phone, Limits.Phone).Name($"{field}.email", contact.Email, Limits.Email)
            .Known($"{field}.preferredMedium", contact.PreferredMedium);
        return string.IsNullOrWhiteSpace(contact.Email) || Address().IsMatch(contact.Email.Trim()) ? this : Wrong($"{field}.email", "must be an e-mail address");
    }

    /// <summary>The contact details of a request.</summary>
    public Check RequiredContact(string field, Contact? contact) => contact is null && !historical ? Missing(field) : Contact(field, contact);

    /// <summary>Which product it is.</summary>
    public Check Product(string field, ProductInfo? product) =>
        Name($"{field}.model", product?.Model).Name($"{field}.serialNumber", product?.SerialNumber);

    [GeneratedRegex(@"^[A-Z]{2}(-[A-Z0-9]{1,3})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Iso3166();

    // One @ with something on both sides: only the mail server knows more.
    [GeneratedRegex(@"^[^@\s]+@[^@\s]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
