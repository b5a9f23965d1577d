using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Calendars.Importing;
using ServiceOrders.Domain.Shipped;

namespace ServiceOrders.Domain.Tests.Calendars.Importing;

/// <summary>Published days in a calendar's next version.</summary>
public sealed class CalendarImportTests
{
    private static readonly CalendarDefinition Office = ShippedData.ChineseOffice;

    private static HolidayFeed Feed(params (string Date, string Name, bool IsWorkday)[] days) => new(null, (from, to, _) =>
        days.Select(day => new FeedDay(Date(day.Date), day.Name, day.IsWorkday)).Where(day => day.Date >= from && day.Date <= to), []);

    private static HolidayList List(int year, params (string Date, string Name, bool Off)[] days) =>
        new() { Year = year, Days = [.. days.Select(d => new HolidayListDay { Date = Date(d.Date), Name = d.Name, IsOffDay = d.Off })] };

    private static DateOnly Date(string text) => DateOnly.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    private static CalendarImport Import(CalendarDefinition into, HolidayFeed feed, ImportTerms? terms = null) => CalendarImport.Of(into, feed, terms ?? new()).Import.ShouldNotBeNull();
    private static string[] DaysOf(CalendarDefinition calendar) => [.. calendar.Days.Select(d => $"{d.Date:yyyy-MM-dd} {d.Name} {string.Join(',', d.Intervals.Select(i => string.Join('-', i)))}".Trim())];

    [Fact]
    public void The_shipped_calendar_is_what_the_published_lists_make_of_a_plain_one()
    {
        var lists = Office.Days.GroupBy(d => d.Date.Year).Select(year => List(year.Key,
            [.. year.Select(d => ($"{d.Date:yyyy-MM-dd}", d.Name!.Replace("调休", "", StringComparison.Ordinal), d.Intervals.Count == 0))]));
        var plain = Office with { Days = [], KnownFrom = new DateOnly(2024, 1, 1), KnownUntil = new DateOnly(2024, 12, 31) };

        var made = lists.Aggregate(plain, (calendar, list) => Import(calendar, list.ToFeed()).Next);

        DefinitionJson.Write(made).ShouldBe(DefinitionJson.Write(Office));
    }

    [Fact]
    public void A_new_year_is_added_and_what_is_known_grows_by_it()
    {
        var import = Import(Office, List(2027, ("2027-01-01", "元旦", true), ("2027-02-14", "春节", false)).ToFeed());
        (import.From, import.To, import.Taken.Count, import.Next.KnownFrom, import.Next.KnownUntil)
            .ShouldBe((Date("2027-01-01"), Date("2027-12-31"), 2, Date("2024-01-01"), Date("2027-12-31")));
        import.Next.Days.Count.ShouldBe(Office.Days.Count + 2);
        DaysOf(import.Next)[^2..].ShouldBe(["2027-01-01 元旦", "2027-02-14 春节调休 09:00-12:00,13:00-18:00"]);
    }

    [Fact]
    public void A_year_that_does_not_adjoin_what_is_known_leaves_it_as_it_was() =>
        Import(Office, List(2029, ("2029-01-01", "元旦", true)).ToFeed()).Next.KnownUntil.ShouldBe(Date("2026-12-31"));

    [Fact]
    public void A_date_becomes_what_the_feed_says_and_the_others_stay_unless_they_are_to_go()
    {
        var feed = Feed(("2026-10-08", "国庆节", false), ("2026-10-10", "国庆节", false));
        var terms = new ImportTerms { From = Date("2026-10-01"), To = Date("2026-10-31") };

        var added = Import(Office, feed, terms);
        added.Removed.ShouldBeEmpty();
        added.Next.Days.Count.ShouldBe(Office.Days.Count + 1);
        added.Next.Days.Single(d => d.Date == Date("2026-10-10")).Intervals.ShouldBeEmpty();

        var replaced = Import(Office, feed, terms with { Replace = true });
        replaced.Removed.Select(d => d.Date.Day).ShouldBe([1, 2, 3, 4, 5, 6, 7]);
        replaced.Next.Days.Where(d => d.Date.Month == 10 && d.Date.Year == 2026).Select(d => d.Date.Day).ShouldBe([8, 10]);
        replaced.Next.Days.Count(d => d.Date.Year == 2025).ShouldBe(Office.Days.Count(d => d.Date.Year == 2025));
    }

    [Fact]
    public void A_date_that_is_both_is_worked_and_has_the_hours_that_were_asked_for()
    {
        var import = Import(Office, Feed(("2026-02-14", "Valentine's Day", false), ("2026-02-14", "春节补班", true), ("2026-02-14", "x", false)), new() { WorkHours = [["10:00", "16:00"]] });
        import.Taken.ShouldHaveSingleItem().Name.ShouldBe("春节补班");
        import.Taken[0].Intervals.ShouldHaveSingleItem().ShouldBe(["10:00", "16:00"]);
    }

    [Fact]
    public void Nothing_outside_the_dates_is_taken() =>
        Import(Office, Feed(("2023-12-31", "a", false), ("2024-01-01", "b", false), ("2026-12-31", "c", false), ("2027-01-01", "d", false))).Taken.Select(d => d.Name).ShouldBe(["b", "c"]);

    [Fact]
    public void The_same_feed_again_changes_nothing()
    {
        var feed = List(2027, ("2027-01-01", "元旦", true)).ToFeed();
        var once = Import(Office, feed);
        once.ChangesNothing(Office).ShouldBeFalse();
        Import(once.Next, feed).ChangesNothing(once.Next).ShouldBeTrue();
    }

    [Theory]
    [InlineData(null, null, "from")] // Neither calendar nor feed says where it begins …
    [InlineData("2026-01-01", null, "to")] // … or ends.
    [InlineData("2026-01-02", "2026-01-01", "to")]
    [InlineData("1899-01-02", "1950-01-01", "from")]
    [InlineData("2000-01-01", "2100-01-01", "from")]
    [InlineData("2026-01-01", "2026-12-31", "workHours")] // A make-up day without hours.
    public void What_cannot_be_taken_is_refused_by_its_field(string? from, string? to, string field)
    {
        var bare = Office with { Days = [], KnownFrom = null, KnownUntil = null, Week = Office.Week.Where(day => day.Key != "monday").ToDictionary() };
        var terms = new ImportTerms { From = from is null ? null : Date(from), To = to is null ? null : Date(to) };
        var (import, refusal) = CalendarImport.Of(bare, Feed(("2026-02-14", "补班", true)), terms);
        import.ShouldBeNull();
        (refusal!.Code, refusal.Field).ShouldBe(("invalid-holiday-feed", field));
    }

    [Fact]
    public void A_list_that_contradicts_itself_is_refused()
    {
        Should.Throw<InvalidFeedException>(() => List(2027, ("2027-01-01", "a", true), ("2027-01-01", "b", false)).ToFeed()).Errors.Keys.ShouldBe(["days[1].date"]);
        Should.Throw<InvalidFeedException>(() => List(2027, ("2025-01-01", "a", true)).ToFeed()).Errors.Keys.ShouldBe(["days[0].date"]);
        Should.Throw<InvalidFeedException>(() => new HolidayList { Year = 2027, Days = [null!] }.ToFeed()).Errors.ShouldHaveSingleItem().ShouldBe(new("days[0]", "is missing"));
        Should.Throw<InvalidFeedException>(() => List(1812).ToFeed()).Errors.Keys.ShouldBe(["year"]);
        List(2027, ("2026-12-31", "元旦", true)).ToFeed().Span.ShouldBe((Date("2026-12-31"), Date("2027-12-31")));
    }

    /// <summary>Two thousand events, each by a rule that names the thirtieth of February a hundred times over: years of work, and not a single day.</summary>
    [Fact]
    public void A_feed_that_keeps_one_searching_for_days_that_never_come_is_refused()
    {
        var never = string.Concat(Enumerable.Repeat("BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:19000101\r\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\nEND:VEVENT\r\n", 2_000));
        var feed = HolidayEvents.Read(System.Text.Encoding.UTF8.GetBytes($"BEGIN:VCALENDAR\r\n{never}END:VCALENDAR\r\n"), new());
        var terms = new ImportTerms { From = Date("2000-01-01"), To = Date("2099-12-31") };

        var (import, refusal) = CalendarImport.Of(Office, feed, terms);
        import.ShouldBeNull();
        refusal.ShouldBe(Domain.Tickets.Refusal.Rule("invalid-holiday-feed", "the feed's rules recur more often than can be followed; take fewer years at a time", "to"));

        CalendarImport.Of(Office, feed, terms with { To = Date("2029-12-31") }).Import.ShouldNotBeNull().Taken.ShouldBeEmpty("what it asks for is little enough");
    }

    [Fact]
    public void Whoever_goes_away_is_not_searched_for_any_further()
    {
        using var gone = new CancellationTokenSource();
        var feed = new HolidayFeed(null, (_, _, effort) => Enumerable.Range(0, 100_000).Select(day =>
        {
            if (day == 10) gone.Cancel();
            effort.Spend(1);
            return new FeedDay(day < 20_000 ? Date("2026-05-01") : throw new InvalidOperationException("searched on"), "x", false);
        }), []);
        Should.Throw<OperationCanceledException>(() => CalendarImport.Of(Office, feed, new(), gone.Token));
    }
}
