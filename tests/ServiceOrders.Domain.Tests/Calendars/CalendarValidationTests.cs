using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Shipped;

namespace ServiceOrders.Domain.Tests.Calendars;

public sealed class CalendarValidationTests
{
    private static readonly CalendarDefinition Good = ShippedData.ChineseOffice;

    private static IReadOnlyDictionary<string, string> Errors(CalendarDefinition definition) =>
        Should.Throw<InvalidCalendarException>(() => BusinessCalendar.Compile(definition, 1)).Errors;

    private static CalendarDefinition Week(params (string Day, string[][] Intervals)[] days) =>
        Good with { Days = [], Week = days.ToDictionary(d => d.Day, d => (IReadOnlyList<IReadOnlyList<string>>)d.Intervals) };

    [Fact]
    public void Every_error_is_listed_by_its_fields_path()
    {
        var errors = Errors(Good with
        {
            Name = "CN Office",
            TimeZone = "Asia/Shangai",
            Week = new Dictionary<string, IReadOnlyList<IReadOnlyList<string>>> { ["moonday"] = [], ["monday"] = [["09:00", "12:00"], ["25:00", "26:00"]] },
            Days =
            [
                new SpecialDay { Date = new DateOnly(2026, 1, 1), Intervals = [] },
                new SpecialDay { Date = new DateOnly(2026, 1, 1), Intervals = [["09:00"]], Name = new string('x', 101) },
                new SpecialDay { Date = DateOnly.MaxValue, Intervals = [] },
            ],
            KnownFrom = new DateOnly(2026, 1, 1),
            KnownUntil = new DateOnly(2025, 12, 31),
        });

        errors.Keys.ShouldBe(
            ["name", "timeZone", "week.moonday", "week.monday[1]", "days[1].date", "days[1].name", "days[1].intervals[0]", "days[2].date", "knownUntil"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("9:00", "12:00")]
    [InlineData("09:00", "12:60")]
    [InlineData("09:00", "24:01")]
    [InlineData("24:00", "12:00")]
    [InlineData("09:00", "09:00")]
    [InlineData("09:00", "12:00\n")]
    [InlineData("09:00", "12:00", "13:00")]
    [InlineData("09:00")]
    [InlineData("0900", "1200")]
    public void A_malformed_interval_is_refused(params string[] interval) =>
        Errors(Week(("monday", [interval]))).Keys.ShouldBe(["week.monday[0]"]);

    [Fact]
    public void Missing_parts_are_errors_not_crashes()
    {
        var errors = Errors(Good with { Name = null!, TimeZone = null!, Week = null!, Days = [null!, new SpecialDay { Date = new DateOnly(2026, 5, 1), Intervals = null! }] });
        errors.Keys.ShouldBe(["name", "timeZone", "days[0]", "days[1].intervals"], ignoreOrder: true);
        Errors(Week(("monday", [null!]))).Keys.ShouldBe(["week.monday[0]"]);
        Errors(Week(("monday", [[null!, "12:00"]]))).Keys.ShouldBe(["week.monday[0]"]);
    }

    [Fact]
    public void Overlapping_intervals_are_refused_and_adjoining_ones_are_not()
    {
        Errors(Week(("monday", [["13:00", "18:00"], ["09:00", "13:01"]]))).Keys.ShouldBe(["week.monday[0]"]);
        BusinessCalendar.Compile(Week(("monday", [["13:00", "18:00"], ["09:00", "13:00"]])), 1).Name.ShouldBe("cn-office");
    }

    [Fact]
    public void A_night_shift_may_not_reach_into_the_next_days_hours()
    {
        Errors(Week(("sunday", [["22:00", "06:00"]]), ("monday", [["05:00", "12:00"]]))).Keys.ShouldBe(["week.sunday"]);
        Errors(Week(("friday", [["22:00", "06:00"]])) with { Days = [new SpecialDay { Date = new DateOnly(2026, 11, 28), Intervals = [["05:59", "12:00"]] }] })
            .Keys.ShouldBe(["days[0].intervals"]);
        BusinessCalendar.Compile(Week(("sunday", [["22:00", "06:00"]]), ("monday", [["06:00", "12:00"]])), 1).Version.ShouldBe(1);
    }

    [Fact]
    public void A_calendar_without_any_working_time_is_refused()
    {
        Errors(Week()).Keys.ShouldBe(["week"]);
        Errors(Week(("monday", []))).Keys.ShouldBe(["week"]);
    }

    [Fact]
    public void Counts_have_bounds()
    {
        Errors(Week(("monday", Enumerable.Range(0, 25).Select(i => new[] { $"00:{i:00}", $"00:{i + 1:00}" }).ToArray()))).Keys.ShouldBe(["week.monday"]);
        Errors(Good with { Days = Enumerable.Range(0, 5_001).Select(i => new SpecialDay { Date = new DateOnly(2000, 1, 1).AddDays(i), Intervals = [] }).ToList() }).Keys.ShouldBe(["days"]);
    }
}
