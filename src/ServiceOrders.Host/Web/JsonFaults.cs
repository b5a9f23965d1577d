using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ServiceOrders.Host.Web;

/// <summary>Everything that is wrong with a JSON value, by field path. Runs only on bodies that the serializer refused.</summary>
internal sealed class JsonFaults
{
    private const int MostFaults = 50;

    /// <summary>Fields that nobody knows.</summary>
    public List<KeyValuePair<string, string>> Unknown { get; } = [];

    /// <summary>Fields that are missing or hold what they must not.</summary>
    public List<KeyValuePair<string, string>> Invalid { get; } = [];

    /// <summary>Looks a value through.</summary>
    public static JsonFaults Find(JsonElement value, JsonTypeInfo type)
    {
        var faults = new JsonFaults();
        faults.Look(value, type, "");
        return faults;
    }

    private bool Enough => Unknown.Count + Invalid.Count >= MostFaults;

    private void Look(JsonElement value, JsonTypeInfo type, string path)
    {
        if (Enough) return;
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when value.ValueKind == JsonValueKind.Object:
                LookIntoObject(value, type, path);
                break;
            case JsonTypeInfoKind.Enumerable when value.ValueKind == JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray()) Look(item, InfoOf(type.ElementType!), $"{path}[{index++}]");
                break;
            case JsonTypeInfoKind.Dictionary when value.ValueKind == JsonValueKind.Object:
                foreach (var entry in value.EnumerateObject()) Look(entry.Value, InfoOf(type.ElementType!), Below(path, entry.Name));
                break;
            case JsonTypeInfoKind.None:
                Try(value, type, path);
                break;
            default:
                Fault(path, JsonShapes.Of(type));
                break;
        }
    }

    private void LookIntoObject(JsonElement value, JsonTypeInfo type, string path)
    {
        var known = type.Properties.ToDictionary(p => p.Name, StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            var below = Below(path, member.Name);
            if (!known.Remove(member.Name, out var property) || property.IsExtensionData)
            {
                if (!Enough) Unknown.Add(new(below, "unknown-field"));
            }
            else if (member.Value.ValueKind != JsonValueKind.Null)
            {
                Look(member.Value, InfoOf(property.PropertyType), below);
            }
            else if (!property.IsSetNullable || (property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null))
            {
                Fault(below, "must not be null");
            }
        }
        foreach (var property in known.Values.Where(p => p.IsRequired)) Fault(Below(path, property.Name), "is required");
    }

    private void Try(JsonElement value, JsonTypeInfo type, string path)
    {
        try
        {
            value.Deserialize(type);
        }
        catch (FieldFormatException wrong)
        {
            Fault(path, wrong.Message);
        }
        catch (JsonException)
        {
            Fault(path, JsonShapes.Of(type));
        }
    }

    private void Fault(string path, string message)
    {
        if (!Enough) Invalid.Add(new(path.Length == 0 ? "$" : path, message));
    }

    private static JsonTypeInfo InfoOf(Type type) => ApiJson.Options.GetTypeInfo(type);

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}

/// <summary>What a value of a type must be, in the caller's words.</summary>
internal static class JsonShapes
{
    public static string Of(JsonTypeInfo info) => info.Kind switch
    {
        JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "must be an object",
        JsonTypeInfoKind.Enumerable => "must be an array",
        _ => Of(Nullable.GetUnderlyingType(info.Type) ?? info.Type),
    };

    private static string Of(Type type)
    {
        if (type == typeof(bool)) return "must be true or false";
        if (type == typeof(int) || type == typeof(long) || type == typeof(short)) return "must be a whole number";
        if (type == typeof(decimal) || type == typeof(double)) return "must be a number";
        if (type == typeof(Guid)) return "must be an id like 0199a5b4-7c1e-7d00-8000-0123456789ab";
        if (type == typeof(DateOnly)) return "must be a date like 2026-11-22";
        if (type == typeof(DateTimeOffset)) return InstantConverter.Shape;
        return "has a value that is not possible here";
    }
}
