using System.Text.Json.Nodes;
using ServiceOrders.Host.OpenApi;

namespace ServiceOrders.Conventions.Tests;

/// <summary>The API's document: a change of the API is a difference in a file that someone reads.</summary>
public class OpenApiTests
{
    private const string File = "openapi/service-orders.v1.json";

    [Fact]
    public async Task The_document_in_the_repository_is_the_programs_own()
    {
        var written = await OpenApiFile.DocumentAsync();
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1") await System.IO.File.WriteAllTextAsync(Path.Combine(Repository.Root, File), written);
        // The first difference says more than two documents one after the other.
        var (kept, now) = (Repository.Read(File).Split('\n'), written.Split('\n'));
        var line = Enumerable.Range(0, Math.Max(kept.Length, now.Length)).FirstOrDefault(i => kept.ElementAtOrDefault(i) != now.ElementAtOrDefault(i), -1);
        line.ShouldBe(-1, $"{File}:{line + 1} is '{kept.ElementAtOrDefault(line)}', the program's is '{now.ElementAtOrDefault(line)}'. If the change is meant, run the tests with UPDATE_OPENAPI=1 and commit it.");
    }

    [Fact]
    public void Every_operation_has_a_name_a_summary_and_its_answers()
    {
        HashSet<string> ids = [];
        foreach (var (path, item) in Document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                ids.Add(operation!["operationId"]!.GetValue<string>()).ShouldBeTrue($"{method} {path}");
                operation["summary"].ShouldNotBeNull($"{method} {path}");
                var statuses = operation["responses"]!.AsObject().Select(r => r.Key).ToArray();
                statuses.ShouldContain(s => s.StartsWith('2'), $"{method} {path}");
                if (path.StartsWith("/v1/", StringComparison.Ordinal)) statuses.ShouldBe(statuses.Union(["401", "403", "429", "500", "503"]), ignoreOrder: true, $"{method} {path}");
            }
        }
    }

    private static JsonNode Document => JsonNode.Parse(Repository.Read(File))!;
}
