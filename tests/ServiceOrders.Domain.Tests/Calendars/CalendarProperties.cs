using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Domain.Calendars;

namespace ServiceOrders.Domain.Tests.Calendars;

/// <summary>What holds on every calendar, in every zone, on every day: checked against a clock that runs minute by minute, and against itself.</summary>
public sealed class CalendarProperties
{
    private static void Holds(Func<CalendarCase, bool> property, int cases) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(cases), Prop.ForAll(RandomCalendars.Cases, property));

    [Fact]
    public void Working_time_between_two_instants_is_what_a_clock_that_runs_minute_by_minute_counts() =>
        Holds(c => c.Calendar.WorkingBetween(c.A, c.B) == c.Slow.Between(c.A, c.B), 120);

    [Fact]
    public void Adding_working_time_arrives_where_a_clock_that_runs_minute_by_minute_does() =>
        Holds(c => c.Slow.Add(c.A, c.Working) is not { } at || c.Calendar.AddWorking(c.A, c.Working).At == at, 120);

    [Fact]
    public void Adding_working_days_arrives_where_a_clock_that_runs_minute_by_minute_does() =>
        Holds(c => c.Days == 0 || c.Slow.AddDays(c.A, c.Days) is not { } at || c.Calendar.AddWorkingDays(c.A, c.Days).At == at, 120);

    [Fact]
    public void The_working_time_until_a_due_time_is_the_budget() =>
        Holds(c => Reach(() => c.Calendar.AddWorking(c.A, c.Working).At) is not { } due || c.Calendar.WorkingBetween(c.A, due) == c.Working, 300);

    [Fact]
    public void A_due_time_with_a_budget_lies_in_or_at_the_end_of_working_time() =>
        Holds(c => c.Working == TimeSpan.Zero || Reach(() => c.Calendar.AddWorking(c.A, c.Working).At) is not { } due
            || c.Calendar.WorkingBetween(due.AddTicks(-1), due) == TimeSpan.FromTicks(1), 300);

    [Fact]
    public void Splitting_a_budget_arrives_at_the_same_instant() =>
        Holds(c => Reach(() => c.Calendar.AddWorking(c.A, c.Working + c.More).At) is not { } due
            || c.More == TimeSpan.Zero || c.Calendar.AddWorking(c.Calendar.AddWorking(c.A, c.Working).At, c.More).At == due, 300);

    [Fact]
    public void Splitting_a_span_adds_up() =>
        Holds(c => c.Calendar.WorkingBetween(c.A, c.B) + c.Calendar.WorkingBetween(c.B, c.C) == c.Calendar.WorkingBetween(c.A, c.C), 300);

    [Fact]
    public void Measuring_backwards_is_negative() =>
        Holds(c => c.Calendar.WorkingBetween(c.C, c.A) == -c.Calendar.WorkingBetween(c.A, c.C), 200);

    [Fact]
    public void A_later_start_or_a_larger_budget_is_never_due_earlier() =>
        Holds(c => Reach(() => c.Calendar.AddWorking(c.B, c.Working + c.More).At) is not { } due
            || (c.Working > TimeSpan.Zero ? c.Calendar.AddWorking(c.A, c.Working).At <= due : c.A <= due), 300);

    [Fact]
    public void Working_time_is_never_more_than_clock_time() =>
        Holds(c => c.Calendar.WorkingBetween(c.A, c.C) is var working && working >= TimeSpan.Zero && working <= c.C - c.A, 200);

    /// <summary>Null where the calendar's working time ends before the budget does.</summary>
    private static DateTimeOffset? Reach(Func<DateTimeOffset> due)
    {
        try
        {
            return due();
        }
        catch (CalendarRangeException)
        {
            return null;
        }
    }
}
