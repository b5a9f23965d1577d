using System.Text.Json.Nodes;

namespace ServiceOrders.Host.Replaying;

/// <summary>
/// The differences between two JSON objects. Pure; applying them to the first gives the second. Elements of lists that have a name of their own (milestones by name and cycle, warnings by
/// percent) are compared with their namesakes; any other list is one value.
/// </summary>
public static class Differences
{
    /// <summary>Which members hold lists whose elements have names, and which of an element's members make its name.</summary>
    private static readonly Dictionary<string, string[]> Named = new(StringComparer.Ordinal) { ["milestones"] = ["name", "cycle"], ["warnings"] = ["percent"] };

    /// <summary>What has to change in the first to make it the second, in the order of their members.</summary>
    /// <param name="before">The first; null: nothing is there yet.</param>
    /// <param name="after">The second.</param>
    public static IReadOnlyList<Change> Between(JsonObject? before, JsonObject after)
    {
        ArgumentNullException.ThrowIfNull(after);
        var changes = new List<Change>();
        Compare("", before ?? [], after, changes);
        return changes;
    }

    private static void Compare(string path, JsonObject before, JsonObject after, List<Change> changes)
    {
        foreach (var (name, old) in before)
        {
            var place = path.Length == 0 ? name : $"{path}.{name}";
            if (after.TryGetPropertyValue(name, out var now)) Compare(place, name, old, now, changes);
            else changes.Add(new Change(place, ChangeKind.Removed, old?.DeepClone(), null));
        }
        foreach (var (name, now) in after)
        {
            if (!before.ContainsKey(name)) changes.Add(new Change(path.Length == 0 ? name : $"{path}.{name}", ChangeKind.Added, null, now?.DeepClone()));
        }
    }

    private static void Compare(string path, string name, JsonNode? before, JsonNode? after, List<Change> changes)
    {
        if (before is JsonObject old && after is JsonObject now) Compare(path, old, now, changes);
        else if (Elements(name, before, after) is var (was, becomes)) Compare(path, was, becomes, changes);
        else if (!JsonNode.DeepEquals(before, after)) changes.Add(new Change(path, ChangeKind.Changed, before?.DeepClone(), after?.DeepClone()));
    }

    private static void Compare(string path, OrderedDictionary<string, JsonObject> before, OrderedDictionary<string, JsonObject> after, List<Change> changes)
    {
        foreach (var (key, old) in before)
        {
            if (after.TryGetValue(key, out var now)) Compare($"{path}[{key}]", old, now, changes);
            else changes.Add(new Change($"{path}[{key}]", ChangeKind.Removed, old.DeepClone(), null));
        }
        foreach (var (key, now) in after)
        {
            if (!before.ContainsKey(key)) changes.Add(new Change($"{path}[{key}]", ChangeKind.Added, null, now.DeepClone()));
        }
    }

    /// <summary>Two lists by the names of their elements; null where they have none, or where something other changed than that elements went and others came at the end.</summary>
    private static (OrderedDictionary<string, JsonObject>, OrderedDictionary<string, JsonObject>)? Elements(string name, JsonNode? before, JsonNode? after)
    {
        if (!Named.TryGetValue(name, out var members) || ByName(before, members) is not { } old || ByName(after, members) is not { } now) return null;
        var expected = old.Keys.Where(now.ContainsKey).Concat(now.Keys.Where(key => !old.ContainsKey(key)));
        return expected.SequenceEqual(now.Keys) ? (old, now) : null;
    }

    private static OrderedDictionary<string, JsonObject>? ByName(JsonNode? list, string[] members)
    {
        if (list is not JsonArray elements) return null;
        var byName = new OrderedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var element in elements)
        {
            if (element is not JsonObject value || !members.All(value.ContainsKey)) return null;
            if (!byName.TryAdd(string.Join('/', members.Select(m => value[m]?.ToString())), value)) return null;
        }
        return byName;
    }
}
