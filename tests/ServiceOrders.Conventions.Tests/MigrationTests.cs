using System.Security.Cryptography;
using System.Text;

namespace ServiceOrders.Conventions.Tests;

/// <summary>Database scripts: numbered without gaps, and never edited once they are released.</summary>
public class MigrationTests
{
    public static IReadOnlyList<string> Scripts { get; } =
        [.. Repository.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.Contains("/Sql/", StringComparison.Ordinal) && f.EndsWith(".sql", StringComparison.Ordinal))];

    [Fact]
    public void The_scripts_of_each_project_are_numbered_from_1_without_gaps()
    {
        Scripts.ShouldNotBeEmpty();
        foreach (var project in Scripts.GroupBy(f => f[..f.LastIndexOf('/')]))
        {
            var numbers = project.Select(f => Path.GetFileName(f).Split('_')[0]).Order(StringComparer.Ordinal).ToList();
            numbers.ShouldBe(Enumerable.Range(1, numbers.Count).Select(n => $"{n:000}"), project.Key);
        }
    }

    [Fact]
    public void No_released_script_was_edited() =>
        Golden.ShouldMatch("migrations.txt", string.Join('\n', Scripts.Select(f => $"{Checksum(f)} {f}")));

    [Fact]
    public void Every_script_is_embedded_in_its_project_s_assembly()
    {
        foreach (var project in Scripts.GroupBy(f => Repository.ShortName(f.Split('/')[1])))
        {
            var assembly = Repository.Assemblies[Repository.Projects.ToList().IndexOf(project.Key)];
            var embedded = assembly.GetManifestResourceNames();
            project.Where(f => !embedded.Any(r => r.EndsWith("." + Path.GetFileName(f), StringComparison.Ordinal))).ShouldBeEmpty();
        }
    }

    private static string Checksum(string file) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Repository.Read(file).ReplaceLineEndings("\n"))));
}
