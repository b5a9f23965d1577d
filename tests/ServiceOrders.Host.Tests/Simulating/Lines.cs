using System.Text.Json.Nodes;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Simulating;

/// <summary>The lines of a simulation's answer.</summary>
internal static class Lines
{
    public static JsonNode[] Of(ApiAnswer answer)
    {
        answer.Status.ShouldBe(200, answer.Body);
        answer.MediaType.ShouldBe("application/x-ndjson");
        return [.. answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    public static JsonNode[] Tickets(this JsonNode[] lines) => [.. lines.Where(line => (string?)line["type"] == "ticket")];

    public static JsonNode Summary(this JsonNode[] lines)
    {
        ((string?)lines[^1]["type"]).ShouldBe("summary", lines[^1].ToJsonString());
        return lines[^1];
    }

    public static JsonNode Milestone(this JsonNode summary, string name) => summary["milestones"]!.AsArray().Single(m => (string?)m!["name"] == name)!;

    public static JsonNode Milestone(this JsonNode ticket, string side, string name) => ticket[side]!.AsArray().Last(m => (string?)m!["name"] == name)!;
}
