using System.Reflection;
using System.Runtime.CompilerServices;

namespace ServiceOrders.Conventions.Tests;

/// <summary>The repository's own files, and the assemblies that its sources become.</summary>
internal static class Repository
{
    private static readonly string[] Ignored = ["bin", "obj", "TestResults", "BenchmarkDotNet.Artifacts", "node_modules"];

    /// <summary>The folder of the solution file.</summary>
    public static readonly string Root = FindRoot();

    /// <summary>Every file that belongs to the repository, as a path from its root with slashes; what builds and runs leave behind is not among them.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>The projects under <c>src</c>, by the last part of their names.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".csproj", StringComparison.Ordinal)).Select(ShortName)];

    /// <summary>The assembly of each project under <c>src</c> that this test program is built with.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
        [.. Projects.Select(p => Assembly.Load(p == "Cli" ? "service-orders" : $"ServiceOrders.{p}"))];

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary><c>ServiceOrders.Domain</c>, <c>src/ServiceOrders.Domain/ServiceOrders.Domain.csproj</c>: <c>Domain</c>.</summary>
    public static string ShortName(string project) => Path.GetFileName(project).Replace(".csproj", "", StringComparison.Ordinal).Replace("ServiceOrders.", "", StringComparison.Ordinal);

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) yield return file;
        foreach (var child in Directory.EnumerateDirectories(folder))
        {
            var name = Path.GetFileName(child);
            if (Ignored.Contains(name) || (name.StartsWith('.') && name != ".ci")) continue;
            foreach (var file in Walk(child)) yield return file;
        }
    }

    // The tests may be run from anywhere; deterministic builds shorten source paths, so the program's own place is asked first.
    private static string FindRoot([CallerFilePath] string source = "")
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(source)! })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "ServiceOrders.sln"))) return folder.FullName;
            }
        }
        throw new InvalidOperationException("The repository was not found: the tests must run from their build folder inside it.");
    }
}
