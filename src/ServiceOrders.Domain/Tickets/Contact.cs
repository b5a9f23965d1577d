using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServiceOrders.Domain.Tickets;

/// <summary>How a customer is reached (row I3). In events only as JSON, sealed.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Phone">Telephone number, as they write it.</param>
/// <param name="Email">E-mail address.</param>
/// <param name="PreferredMedium">How they like to be reached.</param>
public sealed record Contact(string? Name, string? Phone, string? Email, Medium? PreferredMedium)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>
    /// Whether anyone can be reached: by telephone, by e-mail, or in the conversation itself, when it is the medium they prefer and the one they came by.
    /// </summary>
    /// <param name="cameBy">The request's medium.</param>
    public bool Reaches(Medium cameBy) =>
        !string.IsNullOrWhiteSpace(Phone) || !string.IsNullOrWhiteSpace(Email)
        || (PreferredMedium == cameBy && cameBy is Medium.Chat or Medium.App or Medium.Wechat or Medium.Social);

    /// <summary>The text that is sealed.</summary>
    public string ToJson() => JsonSerializer.Serialize(this with { Name = Name.Kept(), Phone = Phone.Kept(), Email = Email.Kept() }, Json);

    /// <summary>A contact from the text that was sealed.</summary>
    public static Contact FromJson(string json) => JsonSerializer.Deserialize<Contact>(json, Json) ?? new Contact(null, null, null, null);
}
