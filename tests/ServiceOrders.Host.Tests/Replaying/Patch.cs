using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ServiceOrders.Host.Replaying;

namespace ServiceOrders.Host.Tests.Replaying;

/// <summary>What a client does with changes: follows their paths and puts in what they say.</summary>
public static partial class Patch
{
    private static readonly Dictionary<string, string[]> Named = new() { ["milestones"] = ["name", "cycle"], ["warnings"] = ["percent"] };

    public static JsonObject Apply(JsonObject? state, IReadOnlyList<Change> changes)
    {
        var result = (JsonObject)(state ?? []).DeepClone();
        foreach (var change in changes) Apply(result, change);
        return result;
    }

    private static void Apply(JsonObject root, Change change)
    {
        var steps = Step().Matches(change.Path).Select(m => (Member: m.Groups["member"].Value, Element: m.Groups["element"].Success ? m.Groups["element"].Value : null)).ToArray();
        var parent = root;
        foreach (var (member, element) in steps[..^1]) parent = (JsonObject)(element is null ? parent[member]! : Find(parent[member]!.AsArray(), member, element)!);
        var (last, named) = steps[^1];
        if (named is not null) Put(parent[last]!.AsArray(), Find(parent[last]!.AsArray(), last, named), change);
        else if (change.Kind == ChangeKind.Removed) parent.Remove(last).ShouldBeTrue(change.Path);
        else
        {
            parent.ContainsKey(last).ShouldBe(change.Kind == ChangeKind.Changed, change.Path);
            parent[last] = change.After?.DeepClone();
        }
    }

    private static void Put(JsonArray list, JsonNode? element, Change change)
    {
        (element is null).ShouldBe(change.Kind == ChangeKind.Added, change.Path);
        if (element is null) list.Add(change.After!.DeepClone());
        else if (change.Kind == ChangeKind.Removed) list.Remove(element);
        else list[list.IndexOf(element)] = change.After!.DeepClone();
    }

    private static JsonNode? Find(JsonArray list, string member, string element) => list.SingleOrDefault(e => string.Join('/', Named[member].Select(name => e![name]!.ToString())) == element);

    [GeneratedRegex(@"(?<member>[^.\[\]]+)(\[(?<element>[^\]]*)\])?\.?")]
    private static partial Regex Step();
}
