using System.Text.Json;
using ServiceOrders.Host.OpenApi;

namespace ServiceOrders.Conventions.Tests;

/// <summary>The API's description is checked in, so that a change of the API is a diff: <c>UPDATE_OPENAPI=1</c> writes it anew.</summary>
public class OpenApiTests
{
    private const string Kept = "openapi/service-orders.v1.json";

    [Fact]
    public async Task The_description_that_is_checked_in_is_that_of_the_program()
    {
        var path = Path.Combine(Repository.Root, Kept);
        var actual = (await OpenApiFile.DocumentAsync()).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, actual, TestContext.Current.CancellationToken);
        }
        File.Exists(path).ShouldBeTrue($"{Kept} is missing; run the tests once with UPDATE_OPENAPI=1.");
        var kept = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        // The first difference says more than two documents one after the other.
        var (was, now) = (kept.Split('\n'), actual.Split('\n'));
        var line = Enumerable.Range(0, Math.Max(was.Length, now.Length)).FirstOrDefault(i => was.ElementAtOrDefault(i) != now.ElementAtOrDefault(i), -1);
        if (line >= 0) Assert.Fail($"{Kept}:{line + 1} is '{was.ElementAtOrDefault(line)}', the program's is '{now.ElementAtOrDefault(line)}'. If the change is meant, run the tests with UPDATE_OPENAPI=1 and commit it.");
    }

    [Fact]
    public async Task Every_operation_has_a_summary_an_id_of_its_own_and_says_what_can_go_wrong()
    {
        using var document = JsonDocument.Parse(await OpenApiFile.DocumentAsync());
        var operations = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(o => o.Value.TryGetProperty("responses", out _)).Select(o => (Name: $"{o.Name} {path.Name}", o.Value))).ToList();

        operations.Count.ShouldBeGreaterThan(30);
        foreach (var (name, operation) in operations)
        {
            operation.TryGetProperty("summary", out var summary).ShouldBeTrue(name);
            summary.GetString().ShouldNotBeNullOrWhiteSpace(name);
            var statuses = operation.GetProperty("responses").EnumerateObject().Select(r => r.Name).ToList();
            statuses.ShouldContain(s => s.StartsWith('2'), name);
            if (name.Contains("/v1/", StringComparison.Ordinal)) statuses.ShouldContain("401", name);
        }
        operations.Select(o => o.Value.TryGetProperty("operationId", out var id) ? id.GetString() : o.Name).ShouldBeUnique();
    }
}
