using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ServiceOrders.Conventions.Tests;

/// <summary>
/// Time is a <c>TimeProvider</c> at the edge and an argument inside. Read from the compiled code, so that neither an alias nor a <c>using static</c> hides a clock.
/// </summary>
public class ClockTests
{
    /// <summary>Clocks and waits that nobody can turn, by declaring type and member.</summary>
    private static readonly HashSet<(string Type, string Member)> StaticClocks =
    [
        ("System.DateTime", "get_Now"), ("System.DateTime", "get_UtcNow"), ("System.DateTime", "get_Today"),
        ("System.DateTimeOffset", "get_Now"), ("System.DateTimeOffset", "get_UtcNow"),
        ("System.Environment", "get_TickCount"), ("System.Environment", "get_TickCount64"),
        ("NodaTime.SystemClock", "get_Instance"), ("System.Threading.Thread", "Sleep"),
    ];

    /// <summary>Members that wait by the system's clock unless an overload gets a <c>TimeProvider</c>.</summary>
    private static readonly HashSet<(string Type, string Member)> NeedTimeProvider =
    [
        ("System.Threading.Tasks.Task", "Delay"), ("System.Threading.PeriodicTimer", ".ctor"), ("System.Threading.Timer", ".ctor"),
    ];

    public static TheoryData<string> Projects => [.. Repository.Projects];

    [Theory, MemberData(nameof(Projects))]
    public void No_code_reads_or_waits_by_a_clock_that_it_was_not_given(string project)
    {
        var uses = Members(project).Where(m => StaticClocks.Contains((m.Type, m.Name)) || (NeedTimeProvider.Contains((m.Type, m.Name)) && !m.TakesTimeProvider));
        uses.ShouldBeEmpty();
    }

    /// <summary>Where a name must be unguessable and is gone a moment later, it may be random.</summary>
    [Fact]
    public void No_id_is_random_because_such_ids_neither_sort_nor_tell_their_time() =>
        Sources.CodeBelow("src/", ".cs").Where(l => l.Text.Contains("NewGuid", StringComparison.Ordinal)).ShouldBeEmpty("Ids are UUIDv7: Guid.CreateVersion7.");

    [Theory]
    [InlineData("Domain")]
    [InlineData("ReadModels")]
    [InlineData("Audit")]
    public void What_is_pure_does_not_even_know_the_system_s_time_provider(string project)
    {
        if (!Repository.Projects.Contains(project)) return;
        Members(project).Where(m => (m.Type, m.Name) == ("System.TimeProvider", "get_System")).ShouldBeEmpty();
    }

    [Fact]
    public void No_statement_asks_for_a_time_that_changes_while_it_runs() =>
        Sources.CodeBelow("src/", ".cs", ".sql").Where(l => l.Text.Contains("clock_timestamp", StringComparison.OrdinalIgnoreCase) || l.Text.Contains("timeofday(", StringComparison.OrdinalIgnoreCase))
            .ShouldBeEmpty();

    private sealed record UsedMember(string Type, string Name, bool TakesTimeProvider);

    private static List<UsedMember> Members(string project)
    {
        var assembly = Repository.Assemblies[Repository.Projects.ToList().IndexOf(project)];
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        var members = new List<UsedMember>();
        foreach (var handle in metadata.MemberReferences)
        {
            var reference = metadata.GetMemberReference(handle);
            if (reference.Parent.Kind != HandleKind.TypeReference) continue; // Generic types: none of the clocks is one.
            var type = metadata.GetTypeReference((TypeReferenceHandle)reference.Parent);
            var name = $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
            var member = metadata.GetString(reference.Name);
            members.Add(new UsedMember(name, member, NeedTimeProvider.Contains((name, member)) && TakesTimeProvider(assembly, handle)));
        }
        members.ShouldNotBeEmpty();
        return members;
    }

    private static bool TakesTimeProvider(Assembly assembly, MemberReferenceHandle handle) =>
        ((MethodBase)assembly.ManifestModule.ResolveMember(MetadataTokens.GetToken(handle))!).GetParameters().Any(p => p.ParameterType == typeof(TimeProvider));
}
