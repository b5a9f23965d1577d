using System.Text.RegularExpressions;

namespace ServiceOrders.Conventions.Tests;

/// <summary>What files may hold, and how long they may be.</summary>
public partial class FileTests
{
    private const int LongestFile = 350;

    [Fact]
    public void No_source_file_is_longer_than_one_can_keep_in_mind() =>
        Repository.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal))
            .Select(f => (File: f, Lines: Repository.Read(f).Split('\n').Length - 1)).Where(f => f.Lines > LongestFile).ShouldBeEmpty();

    [Fact]
    public void No_test_sleeps_or_is_skipped() =>
        Sources.CodeBelow("tests/", ".cs").Where(l => IsJudgement(l.File) && SleepOrSkip().IsMatch(l.Text)).ShouldBeEmpty();

    /// <summary>Measurements are asked for by name and judge nothing; and this project talks about what it forbids.</summary>
    private static bool IsJudgement(string file) => !file.Contains("Benchmarks/", StringComparison.Ordinal) && !file.Contains("Conventions.Tests/", StringComparison.Ordinal);

    [Fact]
    public void No_file_names_a_place_that_only_one_machine_or_one_network_has()
    {
        var texts = Repository.Files.Where(f => !f.EndsWith("FileTests.cs", StringComparison.Ordinal) && IsText(f));
        var found = texts.SelectMany(f => Repository.Read(f).Split('\n').Select((line, i) => new CodeLine(f, i + 1, line))).Where(l => Place().IsMatch(l.Text));
        found.ShouldBeEmpty();
    }

    [Fact]
    public void Every_rule_that_is_switched_off_has_its_reason_beside_it()
    {
        foreach (var line in Repository.Read(".editorconfig").Split('\n').Where(l => l.Contains("severity = none", StringComparison.Ordinal)))
        {
            line.ShouldMatch(@"severity = none\s+# \S+", "A reason belongs behind a rule that is switched off.");
        }
        foreach (var file in Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal) || f.EndsWith(".props", StringComparison.Ordinal)))
        {
            var lines = Repository.Read(file).Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                if (lines[i].Contains("<NoWarn>", StringComparison.Ordinal)) lines[Math.Max(0, i - 1)].ShouldContain("-->", customMessage: $"{file}:{i + 1} switches rules off without saying why.");
            }
        }
    }

    [Fact]
    public void Every_script_and_folder_that_the_README_names_exists()
    {
        var named = Named().Matches(Repository.Read("README.md")).Select(m => m.Value.TrimEnd('/', '.')).Distinct().ToList();
        named.Count.ShouldBeGreaterThan(5);
        named.Where(p => !File.Exists(Path.Combine(Repository.Root, p)) && !Directory.Exists(Path.Combine(Repository.Root, p))).ShouldBeEmpty();
    }

    private static bool IsText(string file) => Path.GetExtension(file) is ".cs" or ".csproj" or ".props" or ".sln" or ".md" or ".sh" or ".sql" or ".json" or ".yml" or ".yaml" or ".txt" or ".html" or ".csv" or "" or ".editorconfig";

    [GeneratedRegex(@"Thread\.Sleep\(|Task\.Delay\(|\bSkip\s*=|SkipUnless|SkipWhen|Assert\.Skip")]
    private static partial Regex SleepOrSkip();

    // Home folders, the workplaces of build machines, and hosts that packages are fetched from: those belong into a machine's own settings.
    [GeneratedRegex(@"(?<![\w.])/(work|home|root|Users|workspace|builds)/|[A-Z]:\\Users|api\.nuget\.org|pkgs\.dev\.azure\.com|artifactory|jfrog|nexus\.|proxy\.golang|registry\.npmjs|pypi\.org|host\.docker\.internal",
        RegexOptions.IgnoreCase)]
    private static partial Regex Place();

    [GeneratedRegex(@"(?<![\w/.])(src|tests|deploy|openapi|\.ci)/[\w./-]*")]
    private static partial Regex Named();
}
