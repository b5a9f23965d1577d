using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ServiceOrders.Host.Web;

/// <summary>
/// The API's JSON, strict in what it takes: unknown and duplicate members, comments, numbers as strings, enumerations as numbers, times without offset and the
/// character U+0000 (which PostgreSQL cannot store) are all refused. Not the store's JSON, see <c>EventSerializer</c>.
/// </summary>
public static class ApiJson
{
    /// <summary>Levels that a body may nest.</summary>
    public const int MaxDepth = 32;

    /// <summary>The options of every body that is read or written.</summary>
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions());

    /// <summary>Makes options the API's own.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.MaxDepth = MaxDepth;
        options.RespectNullableAnnotations = true;
        // Text goes out as it is, Chinese included: answers are JSON documents, never parts of a page.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireWhatCannotBeNull } };
        options.Converters.Add(new CamelCaseEnumConverter());
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new TextConverter());
        return options;
    }

    // A record's parameter that may be null may be left out as well; one that may not, and has no default, must be there.
    private static void RequireWhatCannotBeNull(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false } parameter && Nullable.GetUnderlyingType(parameter.ParameterType) is null) property.IsRequired = true;
        }
    }
}

/// <summary>A value that is of the right JSON kind, but not what the field must be; the message says what it must be.</summary>
/// <param name="message">For the caller: "must be …".</param>
internal sealed class FieldFormatException(string message) : JsonException(message);
