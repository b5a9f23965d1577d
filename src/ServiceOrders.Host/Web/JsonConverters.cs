using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServiceOrders.Host.Web;

/// <summary>Instants: RFC 3339 with an offset, kept in UTC to the microsecond (PostgreSQL's precision), written with <c>Z</c>.</summary>
public sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    /// <summary>What an instant must look like.</summary>
    public const string Shape = "must be a date and time with an offset, like 2026-11-22T08:00:00Z";

    /// <summary>Reads RFC 3339 with its offset; false for anything else, impossible dates included.</summary>
    public static bool TryParse(string text, out DateTimeOffset instant)
    {
        instant = default;
        if (text.Length is < 20 or > 40 || text[10] is not ('T' or 't') || !HasOffset(text)) return false;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var parsed)) return false;
        instant = new DateTimeOffset(parsed.Ticks - parsed.Ticks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        return true;
    }

    /// <summary>Writes UTC with as many decimals as it takes.</summary>
    public static string Format(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var instant) ? instant : throw new FieldFormatException(Shape);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Format(value));

    private static bool HasOffset(string text) =>
        text[^1] is 'Z' or 'z' || (text[^6] is '+' or '-' && text[^3] == ':');
}

/// <summary>Texts: whatever Unicode has, except U+0000, which PostgreSQL cannot store, and lone surrogates, which are no text.</summary>
public sealed class TextConverter : JsonConverter<string>
{
    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new FieldFormatException("must be a text");
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new FieldFormatException("must be valid Unicode: it has half of a surrogate pair");
        }
        return text.Contains('\0', StringComparison.Ordinal) ? throw new FieldFormatException("must not contain the character U+0000") : text;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    /// <inheritdoc/>
    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!;

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);
}

/// <summary>Enumerations: exactly their camelCase names; no numbers, no other casing, no lists.</summary>
public sealed class CamelCaseEnumConverter : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert))!;

    private sealed class Of<T> : JsonConverter<T>
        where T : struct, Enum
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && EnumNames.TryParse<T>(reader.GetString()!, out var value) ? value : throw new FieldFormatException(EnumNames.Shape<T>());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(EnumNames.Name(value));

        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader, typeToConvert, options);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WritePropertyName(EnumNames.Name(value));
    }
}

/// <summary>The API's names of enumerations' members.</summary>
public static class EnumNames
{
    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> All<T>()
        where T : struct, Enum => Of<T>.ByName.Keys;

    /// <summary>What a value must be, for the caller.</summary>
    public static string Shape<T>()
        where T : struct, Enum => Of<T>.Shape;

    /// <summary>A member's name.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => Of<T>.Names[value];

    /// <summary>The member of that name.</summary>
    public static bool TryParse<T>(string name, out T value)
        where T : struct, Enum => Of<T>.ByName.TryGetValue(name, out value);

    private static class Of<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<string, T> ByName = Enum.GetValues<T>().Distinct().ToDictionary(v => JsonNamingPolicy.CamelCase.ConvertName(v.ToString()), StringComparer.Ordinal);
        public static readonly Dictionary<T, string> Names = ByName.ToDictionary(p => p.Value, p => p.Key);
        public static readonly string Shape = "must be one of " + string.Join(", ", ByName.Keys);
    }
}
