using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ServiceOrders.Host.OpenApi;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Conventions.Tests;

/// <summary>The API's document: a change of the API is a difference in a file that someone reads.</summary>
public partial class OpenApiTests
{
    private const string File = "openapi/service-orders.v1.json";

    [Fact]
    public async Task The_document_in_the_repository_is_the_programs_own()
    {
        var written = await OpenApiFile.DocumentAsync();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") await System.IO.File.WriteAllTextAsync(Path.Combine(Repository.Root, File), written);
        (Repository.Read(File) == written).ShouldBeTrue($"The API has changed: write {File} anew (openapi/README.md says how) and look at the difference.");
    }

    [Fact]
    public void Every_operation_has_a_name_a_summary_and_its_answers()
    {
        foreach (var (path, item) in Document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                operation!["operationId"].ShouldNotBeNull($"{method} {path}");
                operation["summary"].ShouldNotBeNull($"{method} {path}");
                var statuses = operation["responses"]!.AsObject().Select(r => r.Key).ToArray();
                statuses.ShouldContain(s => s.StartsWith('2'), $"{method} {path}");
                if (path.StartsWith("/v1/", StringComparison.Ordinal)) statuses.ShouldBe(statuses.Union(["401", "403", "429", "500", "503"]), ignoreOrder: true, $"{method} {path}");
            }
        }
    }

    [Fact]
    public void Every_refusal_that_the_sources_know_is_explained()
    {
        var used = Sources.CodeBelow("src/", ".cs").SelectMany(line => RefusalCode().Matches(line.Text).Select(m => m.Groups[1].Value)).ToHashSet();
        used.Count.ShouldBeGreaterThan(20);
        used.Except(RuleProblems.All.Concat(ProblemTypes.All).Select(t => t.Code)).ShouldBeEmpty();
    }

    private static JsonNode Document => JsonNode.Parse(Repository.Read(File))!;

    [GeneratedRegex("""Refusal\.(?:State|Rule)\("([a-z-]+)"[,)]""")]
    private static partial Regex RefusalCode();
}
