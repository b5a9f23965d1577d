using System.Text.Json.Nodes;

namespace ServiceOrders.Host.Tests.Replaying;

/// <summary>Random states with members, objects in objects, and lists with and without names.</summary>
internal static class RandomStates
{
    public static JsonObject Of(Random random, int depth = 0)
    {
        var state = new JsonObject();
        foreach (var name in (string[])["status", "team", "contact", "missing", "milestones", "warnings"])
        {
            if (random.Next(4) == 0) continue;
            state[name] = name switch
            {
                "milestones" => List(random, () => new JsonObject { ["name"] = Word(random), ["cycle"] = random.Next(1, 3) }, depth),
                "warnings" => List(random, () => new JsonObject { ["percent"] = random.Next(1, 4) * 25 }, depth),
                "missing" => new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => (JsonNode)Word(random))]),
                "contact" when depth < 2 && random.Next(3) > 0 => Of(random, depth + 1),
                _ => random.Next(3) == 0 ? null : Word(random),
            };
        }
        return state;
    }

    /// <summary>Elements that mostly have names of their own; sometimes two share one.</summary>
    private static JsonArray List(Random random, Func<JsonObject> element, int depth)
    {
        var list = new JsonArray();
        for (var count = random.Next(4); count > 0; count--)
        {
            var made = element();
            made["state"] = Word(random);
            if (depth < 2 && random.Next(3) == 0) made["warnings"] = List(random, () => new JsonObject { ["percent"] = random.Next(1, 4) * 25 }, depth + 1);
            if (random.Next(12) > 0 && list.Any(e => (e!["name"]?.ToString(), e["cycle"]?.ToString(), e["percent"]?.ToString()) == (made["name"]?.ToString(), made["cycle"]?.ToString(), made["percent"]?.ToString()))) continue;
            list.Add(made);
        }
        return list;
    }

    private static string Word(Random random) => ((string[])["a", "b", "c"])[random.Next(3)];
}
