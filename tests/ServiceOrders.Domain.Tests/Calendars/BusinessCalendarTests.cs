using System.Diagnostics;
using System.Globalization;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Shipped;

namespace ServiceOrders.Domain.Tests.Calendars;

/// <summary>The Chinese office, by the official days: 9 to 12 and 13 to 18, Shanghai time.</summary>
public sealed class BusinessCalendarTests
{
    private static readonly BusinessCalendar Office = BusinessCalendar.Compile(ShippedData.ChineseOffice, 1);

    private static DateTimeOffset Shanghai(string local) => new(DateTime.Parse(local, CultureInfo.InvariantCulture), TimeSpan.FromHours(8));
    private static BusinessCalendar In(string zone, params string[] interval) => BusinessCalendar.Compile(
        new CalendarDefinition { Name = "plain", TimeZone = zone, Week = CalendarDefinition.Weekdays.ToDictionary(d => d, _ => (IReadOnlyList<IReadOnlyList<string>>)[interval]) }, 1);

    [Theory]
    [InlineData("2026-11-23 10:00", 60, "2026-11-23 11:00")] // A plain Monday.
    [InlineData("2026-11-23 11:30", 60, "2026-11-23 13:30")] // Over lunch.
    [InlineData("2026-11-23 10:00", 120, "2026-11-23 12:00")] // Ends exactly at noon: due then, not at 13:00.
    [InlineData("2026-11-23 16:00", 120, "2026-11-23 18:00")] // Ends exactly at closing.
    [InlineData("2026-11-23 16:00", 121, "2026-11-24 09:01")]
    [InlineData("2026-11-23 18:00", 60, "2026-11-24 10:00")] // Starts at closing: counts from the next opening.
    [InlineData("2026-11-21 12:00", 60, "2026-11-23 10:00")] // Starts on a Saturday.
    [InlineData("2024-02-03 12:00", 60, "2024-02-04 10:00")] // Spring Festival 2024: Sunday the 4th is worked …
    [InlineData("2024-02-09 17:00", 120, "2024-02-18 10:00")] // … the 10th to 17th are off, Sunday the 18th is worked.
    [InlineData("2025-01-27 17:00", 120, "2025-02-05 10:00")]
    [InlineData("2026-02-13 17:00", 120, "2026-02-14 10:00")] // Saturday the 14th is worked, the 15th to 23rd are off.
    [InlineData("2026-02-14 17:00", 120, "2026-02-24 10:00")]
    [InlineData("2024-09-30 17:00", 120, "2024-10-08 10:00")] // National Day.
    [InlineData("2025-09-30 17:00", 120, "2025-10-09 10:00")] // With Mid-Autumn.
    [InlineData("2026-09-30 17:00", 120, "2026-10-08 10:00")]
    [InlineData("2026-10-09 17:30", 60, "2026-10-10 09:30")] // Saturday the 10th makes up.
    public void Working_time_is_counted_in_office_hours(string start, int minutes, string due)
    {
        Office.AddWorking(Shanghai(start), TimeSpan.FromMinutes(minutes)).ShouldBe(new DueTime(Shanghai(due).ToUniversalTime(), false));
        Office.WorkingBetween(Shanghai(start), Shanghai(due)).ShouldBe(TimeSpan.FromMinutes(minutes));
        Office.WorkingBetween(Shanghai(due), Shanghai(start)).ShouldBe(TimeSpan.FromMinutes(-minutes));
    }

    [Theory]
    [InlineData("2026-11-23 10:00", 4, "2026-11-27 18:00")] // From Monday: Tuesday, …, Friday.
    [InlineData("2026-11-23 23:59", 4, "2026-11-27 18:00")]
    [InlineData("2026-11-21 10:00", 4, "2026-11-26 18:00")] // From a Saturday: Monday is the first.
    [InlineData("2026-11-22 10:00", 4, "2026-11-26 18:00")]
    [InlineData("2026-02-13 10:00", 4, "2026-02-26 18:00")] // Over Spring Festival, with the make-up Saturday: 14th, 24th, 25th, 26th.
    [InlineData("2026-02-16 10:00", 7, "2026-03-03 18:00")] // 24th to 27th, make-up Saturday the 28th, 2nd and 3rd of March.
    [InlineData("2024-09-28 09:00", 2, "2024-09-30 18:00")] // Sunday the 29th makes up.
    [InlineData("2025-09-27 09:00", 4, "2025-10-09 18:00")]
    [InlineData("2024-05-10 09:00", 1, "2024-05-11 18:00")]
    public void Working_days_are_counted_after_the_local_date_of_the_start(string start, int days, string due) =>
        Office.AddWorkingDays(Shanghai(start), days).ShouldBe(new DueTime(Shanghai(due).ToUniversalTime(), false));

    [Fact]
    public void The_local_date_of_the_start_is_the_zones_not_that_of_UTC() =>
        Office.AddWorkingDays(DateTimeOffset.Parse("2026-11-23T17:00:00Z", CultureInfo.InvariantCulture), 1).At.ShouldBe(Shanghai("2026-11-25 18:00"));

    [Theory]
    [InlineData("2026-11-23 10:00")]
    [InlineData("2026-11-22 03:00")]
    public void Nothing_to_wait_for_is_due_at_the_start_itself(string start)
    {
        Office.AddWorking(Shanghai(start), TimeSpan.Zero).At.ShouldBe(Shanghai(start));
        Office.AddWorkingDays(Shanghai(start), 0).At.ShouldBe(Shanghai(start));
    }

    [Fact]
    public void A_negative_budget_is_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Office.AddWorking(Shanghai("2026-01-05 10:00"), TimeSpan.FromTicks(-1)));
        Should.Throw<ArgumentOutOfRangeException>(() => Office.AddWorkingDays(Shanghai("2026-01-05 10:00"), -1));
    }

    [Theory]
    [InlineData("2026-12-31 10:00", 60, false)]
    [InlineData("2026-12-31 10:00", 420, false)]
    [InlineData("2026-12-31 10:00", 421, true)]
    [InlineData("2023-12-31 23:59", 60, true)]
    [InlineData("2024-01-01 00:00", 60, false)]
    [InlineData("2027-03-01 10:00", 1, true)]
    public void A_span_that_leaves_the_known_years_is_provisional(string start, int minutes, bool provisional)
    {
        var due = Office.AddWorking(Shanghai(start), TimeSpan.FromMinutes(minutes));
        due.Provisional.ShouldBe(provisional);
        Office.IsProvisional(due.At, Shanghai(start)).ShouldBe(provisional);
    }

    [Fact]
    public void The_midnight_that_closes_the_last_known_date_is_known()
    {
        var calendar = BusinessCalendar.Compile(In("Asia/Shanghai", "00:00", "24:00").Definition with { KnownUntil = new DateOnly(2026, 12, 31) }, 1);
        calendar.AddWorkingDays(Shanghai("2026-12-30 10:00"), 1).ShouldBe(new DueTime(Shanghai("2027-01-01 00:00").ToUniversalTime(), false));
        calendar.IsProvisional(Shanghai("2027-01-01 00:00"), Shanghai("2027-01-01 00:00")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("2026-03-28 23:00", "2026-03-29 22:00", 23)] // Clocks go forward: the day has 23 hours.
    [InlineData("2026-10-24 22:00", "2026-10-25 23:00", 25)] // Clocks go back: 25.
    public void Around_the_clock_every_real_hour_counts_on_the_days_when_clocks_change(string fromUtc, string toUtc, int hours) =>
        In("Europe/Berlin", "00:00", "24:00").WorkingBetween(Utc(fromUtc), Utc(toUtc)).ShouldBe(TimeSpan.FromHours(hours));

    /// <summary>St. John's, at a minute past midnight: the wall shows the evening of the day before once more, while the later date's hours have begun.</summary>
    [Fact]
    public void Where_clocks_go_back_over_midnight_every_real_minute_counts_once()
    {
        var (calendar, start) = (In("America/St_Johns", "00:00", "24:00"), Utc("2010-11-06 12:00"));
        for (var at = Utc("2010-11-07 02:00"); at < Utc("2010-11-07 04:30"); at = at.AddMinutes(1))
        {
            calendar.WorkingBetween(start, at).ShouldBe(at - start);
            calendar.AddWorking(at, TimeSpan.FromMinutes(90)).At.ShouldBe(at.AddMinutes(90));
        }
    }

    [Fact]
    public void An_interval_that_opens_in_the_skipped_hour_opens_at_the_change() =>
        In("Europe/Berlin", "02:30", "04:00").AddWorking(Utc("2026-03-29 00:00"), TimeSpan.FromMinutes(30)).At.ShouldBe(Utc("2026-03-29 01:30"));

    [Fact]
    public void A_day_whose_only_interval_is_skipped_is_no_working_day() =>
        In("Europe/Berlin", "02:00", "03:00").AddWorkingDays(Utc("2026-03-28 10:00"), 1).At.ShouldBe(Utc("2026-03-30 01:00"));

    [Fact]
    public void An_interval_that_closes_within_the_hour_that_comes_twice_closes_at_its_first_coming()
    {
        var calendar = In("Europe/Berlin", "01:00", "02:30");
        calendar.WorkingBetween(Utc("2026-10-24 12:00"), Utc("2026-10-25 12:00")).ShouldBe(TimeSpan.FromMinutes(90));
        calendar.AddWorkingDays(Utc("2026-10-24 12:00"), 1).At.ShouldBe(Utc("2026-10-25 00:30"));
    }

    [Fact]
    public void A_night_shift_belongs_to_the_day_on_which_it_starts()
    {
        var nights = BusinessCalendar.Compile(new CalendarDefinition
        {
            Name = "nights",
            TimeZone = "Asia/Shanghai",
            Week = new Dictionary<string, IReadOnlyList<IReadOnlyList<string>>> { ["friday"] = [["22:00", "06:00"]] },
            Days = [new SpecialDay { Date = new DateOnly(2026, 11, 28), Intervals = [] }],
        }, 1);

        nights.AddWorking(Shanghai("2026-11-27 23:00"), TimeSpan.FromHours(7)).At.ShouldBe(Shanghai("2026-11-28 06:00"));
        nights.AddWorkingDays(Shanghai("2026-11-25 10:00"), 1).At.ShouldBe(Shanghai("2026-11-28 06:00"));
        nights.AddWorkingDays(Shanghai("2026-11-28 01:00"), 1).At.ShouldBe(Shanghai("2026-12-05 06:00"));
    }

    [Fact]
    public void Always_is_clock_time_exactly()
    {
        var start = Utc("2026-03-29 00:30").AddTicks(7);
        var budget = TimeSpan.FromDays(1000) + TimeSpan.FromTicks(3);
        BusinessCalendar.Always.AddWorking(start, budget).ShouldBe(new DueTime(start + budget, false));
        BusinessCalendar.Always.WorkingBetween(start, start + budget).ShouldBe(budget);
        BusinessCalendar.Always.AddWorkingDays(start, 2).At.ShouldBe(Utc("2026-04-01 00:00"));
    }

    [Fact]
    public void Working_time_that_would_come_to_an_end_is_no_calendar() => Should.Throw<InvalidCalendarException>(() => BusinessCalendar.Compile(new CalendarDefinition
    {
        Name = "once",
        TimeZone = "Asia/Shanghai",
        Week = new Dictionary<string, IReadOnlyList<IReadOnlyList<string>>>(),
        Days = [new SpecialDay { Date = new DateOnly(2026, 11, 28), Intervals = [["09:00", "10:00"]] }],
    }, 1)).Errors.Keys.ShouldBe(["week"]);

    [Fact]
    public void Instants_and_spans_beyond_the_years_of_calendars_are_told_by_an_exception_of_their_own()
    {
        Should.Throw<CalendarRangeException>(() => Office.WorkingBetween(DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
        Should.Throw<CalendarRangeException>(() => Office.AddWorking(Shanghai("2026-11-01 00:00"), TimeSpan.MaxValue));
        Should.Throw<CalendarRangeException>(() => Office.AddWorkingDays(Shanghai("2026-11-01 00:00"), int.MaxValue));
        Should.Throw<CalendarRangeException>(() => Office.AddWorkingDays(DateTimeOffset.MaxValue, 1));
        Office.IsProvisional(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).ShouldBeTrue();
    }

    [Fact]
    public void Years_are_added_and_measured_in_microseconds()
    {
        var start = Shanghai("2026-01-05 10:00");
        var tenYears = TimeSpan.FromHours(20_000);
        var due = Office.AddWorking(start, tenYears).At; // Makes the sums of the years.

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 1_000; i++)
        {
            Office.AddWorking(start, tenYears);
            Office.AddWorkingDays(start, 2_500);
            Office.WorkingBetween(start, due);
        }
        // A walk over ten years' days takes about a hundred times as long as this allows.
        (watch.Elapsed / 3_000).ShouldBeLessThan(TimeSpan.FromMicroseconds(100));
    }

    /// <summary>Work is counted by what it allocates: every day that is looked at takes an enumeration of its hours. A walk over the days of a century would take thousands of times as much.</summary>
    [Fact]
    public void A_target_a_century_away_takes_no_more_work_than_one_a_week_away()
    {
        var start = Shanghai("2026-01-05 10:00");
        var far = Office.AddWorking(start, TimeSpan.FromHours(200_000)).At; // Makes the sums of the years.
        far.Year.ShouldBeGreaterThan(2115);

        Work(() => Office.AddWorking(start, TimeSpan.FromHours(200_000))).ShouldBeLessThanOrEqualTo(2 * Work(() => Office.AddWorking(start, TimeSpan.FromHours(40))));
        Work(() => Office.AddWorkingDays(start, 25_000)).ShouldBeLessThanOrEqualTo(2 * Work(() => Office.AddWorkingDays(start, 5)));
        Work(() => Office.WorkingBetween(start, far)).ShouldBeLessThanOrEqualTo(2 * Work(() => Office.WorkingBetween(start, start.AddDays(7))));

        static long Work(Action calculation)
        {
            calculation();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++) calculation();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public async Task Many_threads_share_a_calendar_whose_sums_are_not_yet_made()
    {
        var fresh = BusinessCalendar.Compile(ShippedData.ChineseOffice, 1);
        using var gate = new Barrier(8);
        var dues = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
        {
            gate.SignalAndWait();
            return fresh.AddWorking(Shanghai("2026-01-05 10:00"), TimeSpan.FromHours(20_000)).At;
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        dues.Distinct().ShouldHaveSingleItem().ShouldBe(Office.AddWorking(Shanghai("2026-01-05 10:00"), TimeSpan.FromHours(20_000)).At);
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text + "Z", CultureInfo.InvariantCulture);
}
