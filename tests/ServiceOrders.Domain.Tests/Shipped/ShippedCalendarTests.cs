using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Shipped;

namespace ServiceOrders.Domain.Tests.Shipped;

public sealed class ShippedCalendarTests
{
    /// <summary>The official days as the State Council's notices list them (国办发明电: gov.cn, content_6911528, content_6986383, content_7047091).</summary>
    [Theory]
    [InlineData(2024, "01-01 02-10..02-17 04-04..04-06 05-01..05-05 06-10 09-15..09-17 10-01..10-07",
        "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12")]
    [InlineData(2025, "01-01 01-28..02-04 04-04..04-06 05-01..05-05 05-31..06-02 10-01..10-08",
        "01-26 02-08 04-27 09-28 10-11")]
    [InlineData(2026, "01-01..01-03 02-15..02-23 04-04..04-06 05-01..05-05 06-19..06-21 09-25..09-27 10-01..10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10")]
    public void The_office_keeps_the_official_holidays_and_make_up_days(int year, string off, string madeUp)
    {
        var days = ShippedData.ChineseOffice.Days.Where(d => d.Date.Year == year).ToList();
        var hours = ShippedData.ChineseOffice.Week["monday"];

        days.Where(d => d.Intervals.Count == 0).Select(d => d.Date).ShouldBe(off.Split(' ').SelectMany(span => Span(year, span)));
        days.Where(d => d.Intervals.Count > 0).Select(d => d.Date).ShouldBe(madeUp.Split(' ').SelectMany(span => Span(year, span)));
        days.Where(d => d.Intervals.Count > 0).ShouldAllBe(d => d.Intervals.SelectMany(i => i).SequenceEqual(hours.SelectMany(i => i)) && d.Name!.EndsWith("调休"));
        days.Where(d => d.Intervals.Count > 0).ShouldAllBe(d => d.Date.DayOfWeek == DayOfWeek.Saturday || d.Date.DayOfWeek == DayOfWeek.Sunday);
    }

    [Theory]
    [InlineData(2024, 251)]
    [InlineData(2025, 248)]
    [InlineData(2026, 248)]
    public void The_year_has_as_many_working_days_as_the_official_days_leave(int year, int workingDays)
    {
        var office = BusinessCalendar.Compile(ShippedData.ChineseOffice, 1);
        var (from, to) = (new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.FromHours(8)), new DateTimeOffset(year + 1, 1, 1, 0, 0, 0, TimeSpan.FromHours(8)));
        office.WorkingBetween(from, to).ShouldBe(TimeSpan.FromHours(8 * workingDays));
        office.IsProvisional(from, to).ShouldBeFalse();
    }

    private static IEnumerable<DateOnly> Span(int year, string span)
    {
        var ends = span.Split("..").Select(text => DateOnly.Parse($"{year}-{text}", System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        for (var day = ends[0]; day <= ends[^1]; day = day.AddDays(1)) yield return day;
    }
}
