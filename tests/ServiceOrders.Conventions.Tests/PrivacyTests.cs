namespace ServiceOrders.Conventions.Tests;

/// <summary>Personal data has one way from where it is sealed into answers, on which it is masked and taken down.</summary>
public class PrivacyTests
{
    private static readonly string[] MayUnseal =
    [
        "src/ServiceOrders.Host/Privacy/SubjectKey.cs", "src/ServiceOrders.Host/Privacy/Masking/Disclosure.cs",
    ];

    [Fact]
    public void Nothing_is_unsealed_but_where_it_is_taken_down()
    {
        var unsealing = Repository.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal))
            .Where(f => Sources.CodeLines(f).Any(l => l.Text.Contains("TryUnseal", StringComparison.Ordinal))).ToArray();
        unsealing.Order(StringComparer.Ordinal).ShouldBe(MayUnseal.Order(StringComparer.Ordinal));
    }
}
