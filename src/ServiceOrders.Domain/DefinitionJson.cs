using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServiceOrders.Domain;

/// <summary>
/// The JSON of policies, calendars and classification rules, the same in the API, in shipped files and inside their events: camelCase, enumerations as camelCase
/// strings (never numbers), dates as <c>2026-12-31</c>.
/// </summary>
public static class DefinitionJson
{
    /// <summary>For what was stored: fields that a newer version of the service wrote are passed over.</summary>
    public static readonly JsonSerializerOptions Stored = Make(JsonUnmappedMemberHandling.Skip);

    /// <summary>For what is written by hand: an unknown field is refused.</summary>
    public static readonly JsonSerializerOptions Strict = Make(JsonUnmappedMemberHandling.Disallow);

    /// <summary>A definition as its events keep it.</summary>
    public static string Write<T>(T definition) => JsonSerializer.Serialize(definition, Stored);

    /// <summary>A definition from its event.</summary>
    public static T Read<T>(string definition) => JsonSerializer.Deserialize<T>(definition, Stored) ?? throw new JsonException("A definition is null.");

    private static JsonSerializerOptions Make(JsonUnmappedMemberHandling unknown)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DictionaryKeyPolicy = null,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = unknown,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
