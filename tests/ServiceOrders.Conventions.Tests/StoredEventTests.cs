using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Conventions.Tests;

/// <summary>What is written for ever: the names of events and the shapes of their texts.</summary>
public class StoredEventTests
{
    /// <summary>The serializer's options with its resolver in place, as the first use of the originals would leave them.</summary>
    private static readonly JsonSerializerOptions Shapes = new(EventSerializer.Json) { TypeInfoResolver = EventSerializer.Json.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver() };

    [Fact]
    public void The_stored_names_are_those_of_the_golden_file() =>
        Golden.ShouldMatch("event-names.txt", string.Join('\n', EventTypes.All.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key} {EventTypes.NameOf(e.Value).DotNetType}")));

    [Fact]
    public void The_stored_shapes_are_those_of_the_golden_file()
    {
        var text = new StringBuilder();
        var nested = new SortedDictionary<string, Type>(StringComparer.Ordinal);
        foreach (var (name, type) in EventTypes.All.OrderBy(e => e.Key, StringComparer.Ordinal)) Describe(text, name, type, nested);
        var described = new HashSet<Type>();
        while (nested.Values.FirstOrDefault(t => !described.Contains(t)) is { } type)
        {
            described.Add(type);
            Describe(text, type.Name, type, nested);
        }
        Golden.ShouldMatch("event-shapes.txt", text.ToString());
    }

    [Fact]
    public void Every_event_of_a_ticket_has_a_stored_name()
    {
        var events = typeof(ITicketEvent).Assembly.GetTypes().Where(t => typeof(ITicketEvent).IsAssignableFrom(t) && t is { IsAbstract: false, IsInterface: false }).ToList();
        events.Count.ShouldBeGreaterThan(30);
        events.Except(EventTypes.All.Values).ShouldBeEmpty();
    }

    [Fact]
    public void A_stored_name_is_the_plain_snake_case_of_its_class_as_Marten_would_derive_it()
    {
        foreach (var (name, type) in EventTypes.All)
        {
            var snake = string.Concat(type.Name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString(CultureInfo.InvariantCulture)));
            name.ShouldBe(snake);
        }
    }

    [Fact]
    public void Every_event_uses_types_of_the_base_class_library_or_records_of_those_so_that_any_Marten_reads_it()
    {
        foreach (var (name, type) in EventTypes.All) CheckReadable(name, type, []);
    }

    [Fact]
    public void Every_event_survives_being_stored_and_read_back()
    {
        foreach (var (name, type) in EventTypes.All)
        {
            var sample = Samples.Of(type);
            var text = JsonSerializer.Serialize(sample, type, EventSerializer.Json);
            var back = JsonSerializer.Deserialize(text, type, EventSerializer.Json);
            JsonSerializer.Serialize(back, type, EventSerializer.Json).ShouldBe(text, name);
        }
    }

    [Fact]
    public void An_event_from_before_a_field_was_added_still_reads()
    {
        const string Stored = """
            {"name":"answer","cycle":1,"startedAt":"2026-02-14T01:00:00+00:00","dueAt":"2026-02-14T01:00:30+00:00","provisional":false,"target":{"elapsed":"PT30S"},
             "calendar":"always","calendarVersion":1,"policy":"standard","policyVersion":1,"warnings":[]}
            """;

        var started = JsonSerializer.Deserialize<MilestoneStarted>(Stored, EventSerializer.Json).ShouldNotBeNull();
        (started.Name, started.Entry).ShouldBe(("answer", null));
    }

    private static void Describe(StringBuilder text, string name, Type type, SortedDictionary<string, Type> nested)
    {
        text.Append(CultureInfo.InvariantCulture, $"{name}\n");
        foreach (var property in Shapes.GetTypeInfo(type).Properties) text.Append(CultureInfo.InvariantCulture, $"  {property.Name}: {Word(property, nested)}\n");
    }

    private static string Word(JsonPropertyInfo property, SortedDictionary<string, Type> nested)
    {
        var nullable = property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(property.PropertyType) is not null : property.IsGetNullable;
        return Word(property.PropertyType, nested) + (nullable ? "?" : "");
    }

    private static string Word(Type type, SortedDictionary<string, Type> nested)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum) return string.Join(" | ", Enum.GetNames(type));
        if (type.IsGenericType) return type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] + "<" + string.Join(", ", type.GetGenericArguments().Select(a => Word(a, nested))) + ">";
        if (type.Namespace == "System") return type.Name;
        nested[type.Name] = type;
        return type.Name;
    }

    private static readonly HashSet<Type> Plain =
        [typeof(string), typeof(bool), typeof(int), typeof(long), typeof(short), typeof(Guid), typeof(DateTimeOffset), typeof(DateOnly)];

    private static readonly HashSet<Type> Collections = [typeof(IReadOnlyList<>), typeof(IReadOnlyDictionary<,>)];

    private static void CheckReadable(string where, Type type, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Plain.Contains(type) || type.IsEnum || !seen.Add(type)) return;
        if (type.IsGenericType)
        {
            Collections.ShouldContain(type.GetGenericTypeDefinition(), where);
            foreach (var argument in type.GetGenericArguments()) CheckReadable(where, argument, seen);
            return;
        }
        type.Namespace!.ShouldStartWith("ServiceOrders.", customMessage: $"{where} holds a {type}");
        foreach (var property in Shapes.GetTypeInfo(type).Properties) CheckReadable($"{where}.{property.Name}", property.PropertyType, seen);
    }
}
