namespace ServiceOrders.Host.Tests.Rules;

public sealed class RulebookSourceTests(RuleDesk desk) : IClassFixture<RuleDesk>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string Nights = """{ "name": "nights", "timeZone": "Asia/Shanghai", "week": { "friday": [["22:00", "06:00"]] } }""";

    [Fact]
    public async Task What_one_node_publishes_another_knows_by_its_poll_and_keeps_the_calendars_that_it_has_compiled()
    {
        await using var other = RuleNode.On(desk.Database);
        await other.StartAsync();
        var office = other.Rules.Current.Rulebook.Calendar("cn-office");
        other.Rules.Current.Rulebook.FindCalendar("nights").ShouldBeNull();

        var read = other.Rules.Read.Next;
        (await desk.Administrator.PostAsync("/v1/calendars", Nights)).Status.ShouldBe(201);
        desk.Node.Rules.Current.Rulebook.FindCalendar("nights").ShouldNotBeNull();
        await read.WaitAsync(Patience);

        other.Rules.Current.Rulebook.Calendar("nights", 1).Definition.TimeZone.ShouldBe("Asia/Shanghai");
        other.Rules.Current.Rulebook.Calendar("cn-office").ShouldBeSameAs(office);
    }

    [Fact]
    public async Task A_node_that_is_asked_knows_at_once()
    {
        await using var other = RuleNode.On(desk.Database);
        await other.Rules.RefreshAsync(CancellationToken.None); // Not started: it does not poll.
        (await desk.Administrator.PutAsync("/v1/classification-rules", """{ "rules": [ { "name": "beep", "keywords": ["beep"], "urgency": "urgent" } ] }""")).Status.ShouldBe(200);
        other.Rules.Current.Classifier.Rules.ShouldNotContain(rule => rule.Name == "beep");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => other.Rules.RefreshAsync(CancellationToken.None)));

        answers.ShouldAllBe(known => known.Classifier.Rules.Single().Name == "beep");
        answers.Distinct().Count().ShouldBeLessThan(20, "those who ask at the same time share a read");
    }
}
