using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Host.Replaying;

namespace ServiceOrders.Host.Tests.Replaying;

/// <summary>What differs between two states, told by paths.</summary>
public class DifferencesTests
{
    [Fact]
    public void Equal_states_do_not_differ() => Told(Acknowledge("running"), Acknowledge("running")).ShouldBeEmpty();

    [Fact]
    public void A_member_is_told_by_its_name_with_what_it_was_and_is() =>
        Told("""{ "status": "open", "team": null }""", """{ "status": "closed", "team": "hardware" }""").ShouldBe(["Changed status: \"open\" -> \"closed\"", "Changed team: null -> \"hardware\""]);

    [Fact]
    public void What_lies_deeper_is_told_alone_with_its_whole_path() =>
        Told("""{ "contact": { "name": "Wang", "phone": "1" } }""", """{ "contact": { "name": "Wang", "phone": "2" } }""").ShouldBe(["Changed contact.phone: \"1\" -> \"2\""]);

    [Fact]
    public void What_is_there_for_the_first_time_or_no_more_is_told_whole() =>
        Told("""{ "hold": { "reason": "awaitingParts" }, "contact": null }""", """{ "hold": null, "contact": { "phone": "1" } }""")
            .ShouldBe(["Changed hold: {\"reason\":\"awaitingParts\"} -> null", "Changed contact: null -> {\"phone\":\"1\"}"]);

    [Fact]
    public void Milestones_are_told_by_name_and_cycle_wherever_they_stand_in_their_list() =>
        Told($$"""{ "milestones": [ {{Cycle("answer", 1, "running")}}, {{Cycle("resolution", 1, "running")}} ] }""",
            $$"""{ "milestones": [ {{Cycle("resolution", 1, "met")}}, {{Cycle("resolution", 2, "running")}} ] }""")
            .ShouldBe(["Removed milestones[answer/1]: " + Cycle("answer", 1, "running") + " -> null", "Changed milestones[resolution/1].state: \"running\" -> \"met\"",
                "Added milestones[resolution/2]: null -> " + Cycle("resolution", 2, "running")]);

    [Fact]
    public void A_warning_is_told_by_its_percentage_within_its_milestone() =>
        Told("""{ "milestones": [ { "name": "a", "cycle": 1, "warnings": [ { "percent": 75, "at": null } ] } ] }""",
            """{ "milestones": [ { "name": "a", "cycle": 1, "warnings": [ { "percent": 75, "at": "now" } ] } ] }""").ShouldBe(["Changed milestones[a/1].warnings[75].at: null -> \"now\""]);

    [Fact]
    public void A_list_without_names_or_in_another_order_is_one_value() =>
        Told($$"""{ "missing": ["a", "b"], "milestones": [ {{Cycle("a", 1, "met")}}, {{Cycle("b", 1, "met")}} ] }""",
            $$"""{ "missing": ["b"], "milestones": [ {{Cycle("b", 1, "met")}}, {{Cycle("a", 1, "met")}} ] }""").Select(t => t[..t.IndexOf(':', StringComparison.Ordinal)])
            .ShouldBe(["Changed missing", "Changed milestones"]);

    [Fact]
    public void Before_there_was_anything_every_member_is_new() =>
        Differences.Between(null, Parse("""{ "status": "open", "team": null }""")).Select(c => (c.Path, c.Kind)).ShouldBe([("status", ChangeKind.Added), ("team", ChangeKind.Added)]);

    [Fact]
    public void Applied_to_the_state_before_the_changes_give_the_state_after() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(Pairs, pair =>
    {
        var (before, after) = (Parse(pair.Before), Parse(pair.After));
        var changed = Patch.Apply(before, Differences.Between(before, after));
        JsonNode.DeepEquals(changed, after).ShouldBeTrue($"{pair.Before} by {string.Join("; ", Told(pair.Before, pair.After))} became {changed.ToJsonString()} and not {pair.After}");
        Differences.Between(after, after).ShouldBeEmpty();
        before.ToJsonString().ShouldBe(Parse(pair.Before).ToJsonString(), "what is compared stays as it is");
    }));

    /// <summary>Two states that resemble each other, as those of one ticket do.</summary>
    private static Arbitrary<(string Before, string After)> Pairs => Gen.Choose(0, int.MaxValue - 1).Select(seed =>
    {
        var random = new Random(seed);
        return (RandomStates.Of(random).ToJsonString(), RandomStates.Of(random).ToJsonString());
    }).ToArbitrary();

    private static string[] Told(string before, string after) => [.. Differences.Between(Parse(before), Parse(after)).Select(c => $"{c.Kind} {c.Path}: {Text(c.Before)} -> {Text(c.After)}")];

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";

    private static JsonObject Parse(string text) => JsonNode.Parse(text)!.AsObject();

    private static string Acknowledge(string state) => $$"""{ "milestones": [ {{Cycle("acknowledge", 1, state)}} ] }""";

    private static string Cycle(string name, int cycle, string state) => $$"""{"name":"{{name}}","cycle":{{cycle}},"state":"{{state}}"}""";
}
