using System.Runtime.CompilerServices;

namespace ServiceOrders.Conventions.Tests;

/// <summary>
/// A text that is kept in <c>Golden/</c> because something outside this repository relies on it: a difference is a decision, not an accident.
/// <c>UPDATE_GOLDEN=1</c> writes the files anew; the change is then seen in review.
/// </summary>
internal static class Golden
{
    public static void ShouldMatch(string name, string actual, [CallerMemberName] string test = "")
    {
        var file = Path.Combine(Repository.Root, "tests/ServiceOrders.Conventions.Tests/Golden", name);
        actual = actual.ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
        }
        File.Exists(file).ShouldBeTrue($"Golden/{name} is missing; run the tests once with UPDATE_GOLDEN=1.");
        actual.ShouldBe(File.ReadAllText(file), $"{test}: if the change is meant, run the tests with UPDATE_GOLDEN=1 and commit Golden/{name}.");
    }
}
