using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Conventions.Tests;

/// <summary>The one switch that makes tickets of events is total: whatever is stored can be folded.</summary>
public class EvolutionTests
{
    private static readonly DateTimeOffset At = new(2026, 2, 14, 1, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Events =>
        [.. typeof(ITicketEvent).Assembly.GetTypes().Where(t => typeof(ITicketEvent).IsAssignableFrom(t) && !t.IsInterface).Select(t => t.Name).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Events))]
    public void Every_event_makes_the_next_state_of_a_ticket_that_runs_the_milestone_it_names(string name)
    {
        var before = Opened();

        var after = before.Evolve(Sample(name), Meta(3));

        after.Version.ShouldBe(3);
        after.LastOccurredAt.ShouldBe(At.AddMinutes(3));
    }

    [Fact]
    public void An_event_that_no_ticket_knows_is_an_error_and_not_silently_passed_over() =>
        Should.Throw<InvalidOperationException>(() => Opened().Evolve(new Unheard(), Meta(3)));

    private sealed record Unheard : ITicketEvent;

    private static Ticket Opened() => Ticket.Unopened.Evolve(Sample(nameof(TicketOpened)), Meta(1)).Evolve(Sample(nameof(MilestoneStarted)), Meta(2));

    private static EventMeta Meta(long version) => new(version, At.AddMinutes(version), At.AddMinutes(version), new Actor(ActorKind.Staff, "li"));

    private static ITicketEvent Sample(string name) => (ITicketEvent)Samples.Of(typeof(ITicketEvent).Assembly.GetTypes().Single(t => t.Name == name && typeof(ITicketEvent).IsAssignableFrom(t)));
}
