using ServiceOrders.Domain.Teams;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Teams;

public class TeamTests
{
    private static readonly Team Hardware = new() { Name = "hardware", Supervisors = [new(2, "department"), new(1, "wang")] };
    private static readonly EventMeta Meta = new(1, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, new Actor(ActorKind.Staff, "ann"));

    [Theory]
    [InlineData(1, "wang")]
    [InlineData(2, "department")]
    [InlineData(9, "department")]
    [InlineData(0, null)]
    public void A_level_goes_to_its_supervisor_or_to_the_next_below(int level, string? name) => Hardware.SupervisorAt(level).ShouldBe(name);

    [Fact]
    public void Below_the_first_supervisor_there_is_nobody() => (Hardware with { Supervisors = [new(3, "x")] }).SupervisorAt(2).ShouldBeNull();

    [Fact]
    public void It_is_set_up_once_and_changed_by_its_name()
    {
        var saved = TeamHistory.Unsaved.Create(Hardware).Event!;
        var team = TeamHistory.Unsaved.Evolve(saved, Meta);
        (team.Name, team.Version).ShouldBe(("hardware", 1));
        team.Create(Hardware).Refusal!.Code.ShouldBe("name-taken");
        team.Save("hardware", Hardware with { Supervisors = [] }).Event.ShouldBeOfType<TeamSaved>().TeamVersion.ShouldBe(2);
        team.Save("software", Hardware).Refusal!.Code.ShouldBe("name-differs");
    }

    [Fact]
    public void Every_error_is_named_by_its_field()
    {
        var wrong = new Team { Name = " ", Supervisors = [new(0, "a"), new(10, "b"), new(1, "c"), new(1, "d"), new(2, " "), null!] };
        TeamHistory.Unsaved.Create(wrong).Refusal!.Errors!.Keys.ShouldBe(
            ["name", "supervisors[0].level", "supervisors[1].level", "supervisors[3].level", "supervisors[4].name", "supervisors[5]"], ignoreOrder: true);
        TeamHistory.Unsaved.Create(Hardware with { Supervisors = null! }).Refusal!.Errors!.Keys.ShouldBe(["supervisors"]);
    }
}
