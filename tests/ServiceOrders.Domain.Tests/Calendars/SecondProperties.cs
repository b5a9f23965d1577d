using System.Collections.Immutable;
using System.Xml;
using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Tests.Calendars;

/// <summary>The arithmetic of deadlines against a clock that ticks second by second, on random calendars, in any zone of the world, on the days when its clocks change.</summary>
public sealed class SecondProperties
{
    private const int Cases = 30;

    /// <summary>Holds for so many cases that tell something; a property answers null for one that does not (nothing is worked, nothing is paused), and others are drawn in its place.</summary>
    private static void Holds(Func<SecondCase, bool?> property, int cases = Cases)
    {
        var telling = 0;
        for (var round = 1; telling < cases; round++)
        {
            round.ShouldBeLessThan(20, $"only {telling} cases told anything");
            Check.One(Config.QuickThrowOnFailure.WithMaxTest(Math.Max(cases - telling, cases / 3)), Prop.ForAll(SecondCases.Any, c =>
            {
                var holds = property(c);
                if (holds is not null) telling++;
                return holds ?? true;
            }));
        }
    }

    [Fact]
    public void The_working_time_between_any_two_instants_is_what_the_clock_counts() => Holds(c =>
    {
        var clock = c.Clock;
        DateTimeOffset[] instants = [c.Start, .. c.Pauses.SelectMany(p => new[] { p.From, p.To })];
        var spans = instants.Order().SelectMany((from, i) => instants.Order().Skip(i), (from, to) => (from, to)).ToList();
        if (spans.TrueForAll(span => clock.Between(span.from, span.to) == 0)) return null;
        return spans.TrueForAll(span => c.Calendar.WorkingBetween(span.from, span.to) == TimeSpan.FromSeconds(clock.Between(span.from, span.to)));
    });

    [Fact]
    public void A_budget_is_due_where_the_clock_has_counted_it_and_the_working_time_until_then_is_the_budget() => Holds(c =>
    {
        var clock = c.Clock;
        if (c.Budget(clock, paused: false) is not (> 0 and var budget)) return null;
        var due = c.Calendar.AddWorking(c.Start, TimeSpan.FromSeconds(budget)).At;
        return due == clock.Due(c.Start, budget, []) && c.Calendar.WorkingBetween(c.Start, due) == TimeSpan.FromSeconds(budget);
    });

    [Fact]
    public void Working_days_are_due_where_the_clock_shows_closing_time() => Holds(c => c.Clock.DueDays(c.Start, c.Days) is { } due ? c.Calendar.AddWorkingDays(c.Start, c.Days).At == due : null);

    [Fact]
    public void With_pauses_a_budget_is_due_where_the_clock_has_counted_it_outside_of_them() => Holds(c =>
    {
        var clock = c.Clock;
        if (c.Budget(clock, paused: true) is not (> 0 and var budget)) return null;
        return Due(c, Working(budget), c.Pauses) == clock.Due(c.Start, budget, c.Pauses);
    });

    [Fact]
    public void A_budget_that_is_used_up_just_as_a_pause_begins_is_due_when_the_pause_ends() => Holds(c =>
    {
        var clock = c.Clock;
        if (c.Budget(clock, paused: true) is not (> 0 and var budget)) return null;
        var due = clock.Due(c.Start, budget, c.Pauses);
        var pauses = c.Pauses.Where(pause => pause.To < due).Append((due, due.AddSeconds(c.Share))).ToList();
        return clock.Due(c.Start, budget, pauses) == due.AddSeconds(c.Share) && Due(c, Working(budget), pauses) == due.AddSeconds(c.Share);
    });

    [Fact]
    public void A_pause_moves_a_working_target_by_its_own_working_time_exactly() => Holds(c => c.Pauses.Count == 0 ? null : c.Pauses.All(pause =>
    {
        var target = Working(3_600 * (1 + c.Share % 20));
        var (plain, moved) = (Due(c, target, []), Due(c, target, [pause]));
        return pause.From > plain ? moved == plain : c.Calendar.WorkingBetween(plain, moved) == c.Calendar.WorkingBetween(pause.From, pause.To);
    }), 300);

    [Fact]
    public void A_pause_moves_a_working_day_target_by_its_own_working_time_exactly() => Holds(c => c.Pauses.Count == 0 ? null : c.Pauses.All(pause =>
        c.Calendar.WorkingBetween(Due(c, Target.OfWorkingDays(c.Days), []), Due(c, Target.OfWorkingDays(c.Days), [pause])) == c.Calendar.WorkingBetween(pause.From, pause.To)), 300);

    [Fact]
    public void A_pause_moves_an_elapsed_target_by_its_own_length_exactly_whatever_the_clocks_on_the_wall_do() => Holds(c => c.Pauses.Count == 0 ? null : c.Pauses.All(pause =>
    {
        var length = TimeSpan.FromSeconds(3_600 * (1 + c.Share % 60) + c.Share);
        var due = Due(c, Target.OfElapsed(XmlConvert.ToString(length)), [pause]);
        return due - c.Start == (pause.From <= c.Start + length ? length + (pause.To - pause.From) : length);
    }), 300);

    [Fact]
    public void At_the_due_time_the_budget_is_used_up_to_the_tick() => Holds(c =>
    {
        var target = Working(3_600 * (1 + c.Share % 20) + c.Share);
        var cycle = new MilestoneCycle { Name = "any", Cycle = 1, Target = target, StartedAt = c.Start, Pauses = PausesOf(c.Pauses), DueAt = Due(c, target, c.Pauses) };
        return Budget.Used(cycle, c.Calendar, cycle.DueAt) == Budget.Length(target);
    }, 300);

    [Fact]
    public void However_finely_a_span_is_split_its_parts_add_up() => Holds(c =>
    {
        var end = c.Start.AddDays(c.Days);
        DateTimeOffset[] cuts = [c.Start, .. c.Pauses.SelectMany(p => new[] { p.From, p.To }).Where(at => at < end), end];
        if (cuts.Length == 2 || c.Calendar.WorkingBetween(c.Start, end) == TimeSpan.Zero) return null;
        return cuts.Zip(cuts.Skip(1), c.Calendar.WorkingBetween).Aggregate(TimeSpan.Zero, (sum, part) => sum + part) == c.Calendar.WorkingBetween(c.Start, end);
    }, 300);

    private static DateTimeOffset Due(SecondCase c, Target target, IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> pauses) =>
        Budget.Promise(target, c.Calendar, c.Start, PausesOf(pauses), []).DueAt;

    private static ImmutableArray<Pause> PausesOf(IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> pauses) => [.. pauses.Select(p => new Pause(p.From, p.To))];
    private static Target Working(int seconds) => Target.OfWorking(XmlConvert.ToString(TimeSpan.FromSeconds(seconds)));
}
