using System.Text.RegularExpressions;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Conventions.Tests;

/// <summary>Every problem that an answer can name is explained under <c>/problems</c>.</summary>
public partial class ProblemTests
{
    [Fact]
    public void Every_refusal_in_the_code_is_a_known_problem_of_its_own_kind()
    {
        var refusals = Sources.CodeBelow("src/", ".cs").SelectMany(line => Refusals().Matches(line.Text), (line, refusal) => (line, Kind: refusal.Groups[1].Value, Code: refusal.Groups[2].Value)).ToArray();
        refusals.Length.ShouldBeGreaterThan(30);
        foreach (var (line, kind, code) in refusals)
        {
            var refusal = kind == "State" ? Refusal.State(code, "") : Refusal.Rule(code, "");
            var type = Should.NotThrow(() => RuleProblems.TypeOf(refusal), line.ToString());
            RuleProblems.All.Concat(ProblemTypes.All).ShouldContain(type, line.ToString());
        }
    }

    [GeneratedRegex(@"Refusal\.(State|Rule|Invalid)\(""([a-z-]+)")]
    private static partial Regex Refusals();
}
