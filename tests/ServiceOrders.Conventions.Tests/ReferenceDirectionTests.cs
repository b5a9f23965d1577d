using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace ServiceOrders.Conventions.Tests;

/// <summary>Who may know whom. Host → ReadModels → {Domain, EventStore}; Domain and EventStore do not know each other, and the domain knows no I/O.</summary>
public class ReferenceDirectionTests
{
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Domain"] = [],
        ["EventStore"] = [],
        ["Postgres"] = [],
        ["Audit"] = [],
        ["AuditLog"] = ["Audit", "EventStore"],
        ["ReadModels"] = ["Domain", "EventStore"],
        ["Host"] = ["ReadModels", "AuditLog", "Domain", "EventStore", "Postgres", "Audit"],
        ["Cli"] = ["Host", "ReadModels", "AuditLog", "Domain", "EventStore", "Postgres", "Audit"],
    };

    /// <summary>The packages without which the inner projects are not what they are; Host and Cli are free.</summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Domain"] = ["NodaTime"],
        ["EventStore"] = ["Npgsql"],
        ["Postgres"] = ["Npgsql"],
        ["Audit"] = [],
        ["AuditLog"] = [],
        ["ReadModels"] = [],
    };

    public static TheoryData<string> Projects => [.. Repository.Projects];

    [Theory, MemberData(nameof(Projects))]
    public void A_project_references_only_those_that_it_may_know(string project)
    {
        MayKnow.ShouldContainKey(project, "A new project needs a place in the direction of references.");
        ProjectReferences(project).Except(MayKnow[project]).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Projects))]
    public void An_assembly_uses_only_those_that_its_project_may_know(string project)
    {
        var assembly = Repository.Assemblies[Repository.Projects.ToList().IndexOf(project)];
        var ours = assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("ServiceOrders.", StringComparison.Ordinal));
        ours.Select(Repository.ShortName).Except(MayKnow[project]).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Projects))]
    public void An_inner_project_uses_only_the_packages_that_it_is_made_of(string project)
    {
        var packages = References(project, "PackageReference");
        if (MayUse.TryGetValue(project, out var allowed)) packages.Except(allowed).ShouldBeEmpty();
        else project.ShouldBeOneOf("Host", "Cli");
    }

    [Fact]
    public void The_domain_touches_no_file_network_process_thread_or_database()
    {
        string[] forbidden = ["System.IO", "System.Net", "System.Data", "System.Diagnostics.Process", "System.Threading.Thread", "System.Threading.Tasks", "System.Threading.Timer",
            "System.Console", "System.Random", "Npgsql", "Microsoft.AspNetCore", "Microsoft.Extensions"];
        // Embedded resources (the shipped policies and calendars) are read through a stream, which touches nothing outside the assembly.
        string[] harmless = ["System.IO.Stream", "System.IO.StreamReader", "System.IO.TextReader", "System.IO.InvalidDataException", "System.IO.StringReader", "System.IO.StringWriter"];

        UsedTypes(typeof(Domain.Tickets.Ticket).Assembly.Location)
            .Where(type => forbidden.Any(f => type == f || type.StartsWith(f + ".", StringComparison.Ordinal)) && !harmless.Contains(type)).ShouldBeEmpty();
    }

    [Fact]
    public void The_store_knows_nothing_of_tickets()
    {
        var words = Repository.Files.Where(f => f.StartsWith("src/ServiceOrders.EventStore/", StringComparison.Ordinal) && (f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".sql", StringComparison.Ordinal)))
            .SelectMany(f => Sources.CodeLines(f)).Where(l => l.Text.Contains("ticket", StringComparison.OrdinalIgnoreCase));
        words.ShouldBeEmpty();
    }

    private static IEnumerable<string> ProjectReferences(string project) => References(project, "ProjectReference").Select(Repository.ShortName);

    private static IEnumerable<string> References(string project, string kind) => XDocument.Parse(Repository.Read($"src/ServiceOrders.{project}/ServiceOrders.{project}.csproj"))
        .Descendants(kind).Select(r => r.Attribute("Include")!.Value.Replace('\\', '/'));

    private static List<string> UsedTypes(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return [.. metadata.TypeReferences.Select(metadata.GetTypeReference).Select(t => $"{metadata.GetString(t.Namespace)}.{metadata.GetString(t.Name)}")];
    }
}
