using System.Reflection;
using System.Text.Json.Nodes;

namespace ServiceOrders.Conventions.Tests;

/// <summary>Makes a value of any type that an event may hold, every field filled in.</summary>
internal static class Samples
{
    private static readonly DateTimeOffset Time = new(2026, 2, 14, 1, 0, 0, TimeSpan.Zero);

    /// <summary>A sample; parameters named in <paramref name="given"/> get that value.</summary>
    public static object Of(Type type, IReadOnlyDictionary<string, object>? given = null) => Make(type, "value", given ?? new Dictionary<string, object>());

    private static object Make(Type type, string name, IReadOnlyDictionary<string, object> given)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return name is "Elapsed" or "Working" or "Overrun" ? "PT1H" : "text";
        if (type == typeof(bool)) return true;
        if (type == typeof(int)) return 1;
        if (type == typeof(long)) return 1L;
        if (type == typeof(short)) return (short)1;
        if (type == typeof(Guid)) return new Guid("01990000-0000-7000-8000-000000000001");
        if (type == typeof(DateTimeOffset)) return Time;
        if (type == typeof(DateOnly)) return new DateOnly(2026, 2, 14);
        if (type.IsEnum) return Enum.GetValues(type).GetValue(0)!;
        if (type == typeof(JsonObject)) return new JsonObject();
        if (type.IsGenericType) return Collection(type, name, given);
        return Record(type, given);
    }

    private static object Collection(Type type, string name, IReadOnlyDictionary<string, object> given)
    {
        var arguments = type.GetGenericArguments();
        if (type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            var dictionary = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
            dictionary[Make(arguments[0], name, given)] = Make(arguments[1], name, given);
            return dictionary;
        }
        var list = Array.CreateInstance(arguments[0], 1);
        list.SetValue(Make(arguments[0], name, given), 0);
        return list;
    }

    private static object Record(Type type, IReadOnlyDictionary<string, object> given)
    {
        var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First(c => !IsCopy(c, type));
        var parameters = constructor.GetParameters();
        var made = constructor.Invoke([.. parameters.Select(p => given.TryGetValue(p.Name!, out var value) ? value : Make(p.ParameterType, p.Name!, given))]);
        foreach (var property in type.GetProperties().Where(p => p.CanWrite && parameters.All(q => q.Name != p.Name)))
        {
            property.SetValue(made, given.TryGetValue(property.Name, out var value) ? value : Make(property.PropertyType, property.Name, given));
        }
        return made;
    }

    private static bool IsCopy(ConstructorInfo constructor, Type type) => constructor.GetParameters() is [{ } only] && only.ParameterType == type;
}
