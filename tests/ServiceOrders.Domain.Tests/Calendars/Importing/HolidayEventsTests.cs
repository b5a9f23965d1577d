using System.Globalization;
using System.Text;
using ServiceOrders.Domain.Calendars.Importing;

namespace ServiceOrders.Domain.Tests.Calendars.Importing;

/// <summary>iCalendar files (RFC 5545) as holidays are published in them.</summary>
public sealed class HolidayEventsTests
{
    private static HolidayFeed Read(string[] lines, HolidayEventRules? rules = null) => HolidayEvents.Read(Encoding.UTF8.GetBytes(string.Join("\r\n", lines) + "\r\n"), rules ?? new());

    /// <summary>A calendar of one event, whose first line is the third.</summary>
    private static HolidayFeed Event(params string[] lines) => Read(["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", .. lines, "END:VEVENT", "END:VCALENDAR"]);

    private static string Days(HolidayFeed feed, string from = "2026-01-01", string to = "2028-12-31") =>
        string.Join(' ', feed.DaysWithin(Date(from), Date(to), new FeedEffort(default)).Select(day => day.Date).Order().Select(date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));

    private static DateOnly Date(string text) => DateOnly.Parse(text, CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("2026-05-01")] // Without an end it lasts a day.
    [InlineData("2026-05-01", "DTEND;VALUE=DATE:20260502")] // The end is the first date that is free again.
    [InlineData("2026-05-01 2026-05-02 2026-05-03", "DTEND;VALUE=DATE:20260504")]
    [InlineData("2026-05-01 2026-05-02", "DURATION:P2D")]
    [InlineData("2026-05-01 2026-05-02 2026-05-03 2026-05-04 2026-05-05 2026-05-06 2026-05-07", "DURATION:P1W")]
    public void An_event_is_a_day_off_for_each_of_its_dates(string days, params string[] end) => Days(Event(["DTSTART;VALUE=DATE:20260501", "SUMMARY:劳动节", .. end])).ShouldBe(days);

    [Fact]
    public void Of_an_event_that_began_before_the_span_or_ends_after_it_only_the_dates_within_count()
    {
        var feed = Event("DTSTART;VALUE=DATE:20260501", "DTEND;VALUE=DATE:20260506", "SUMMARY:May");
        Days(feed, "2026-05-03", "2026-05-04").ShouldBe("2026-05-03 2026-05-04");
        Days(feed, "2026-05-06", "2026-06-01").ShouldBe("");
    }

    [Theory]
    [InlineData("RRULE:FREQ=YEARLY", "2026-05-01 2027-05-01 2028-05-01")]
    [InlineData("RRULE:FREQ=YEARLY;COUNT=2", "2026-05-01 2027-05-01")]
    [InlineData("RRULE:FREQ=YEARLY;UNTIL=20270501", "2026-05-01 2027-05-01")]
    [InlineData("RRULE:FREQ=YEARLY;UNTIL=20270430", "2026-05-01")]
    [InlineData("RRULE:FREQ=YEARLY;INTERVAL=2", "2026-05-01 2028-05-01")]
    [InlineData("RRULE:FREQ=DAILY;COUNT=3", "2026-05-01 2026-05-02 2026-05-03")]
    [InlineData("RRULE:FREQ=DAILY;INTERVAL=10;COUNT=3", "2026-05-01 2026-05-11 2026-05-21")]
    [InlineData("RRULE:FREQ=WEEKLY;COUNT=3", "2026-05-01 2026-05-08 2026-05-15")]
    [InlineData("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,SA;WKST=MO;COUNT=4", "2026-05-01 2026-05-02 2026-05-15 2026-05-16")]
    [InlineData("RRULE:FREQ=MONTHLY;COUNT=3", "2026-05-01 2026-06-01 2026-07-01")]
    [InlineData("RRULE:FREQ=MONTHLY;BYDAY=1FR;COUNT=3", "2026-05-01 2026-06-05 2026-07-03")]
    [InlineData("RRULE:FREQ=MONTHLY;BYMONTHDAY=1,-1;COUNT=3", "2026-05-01 2026-05-31 2026-06-01")]
    [InlineData("RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1FR", "2026-05-01 2027-05-07 2028-05-05")]
    [InlineData("RRULE:FREQ=YEARLY;BYMONTH=5,10;BYMONTHDAY=1;COUNT=3", "2026-05-01 2026-10-01 2027-05-01")]
    public void An_event_recurs_by_its_rule(string rule, string days) => Days(Event("DTSTART;VALUE=DATE:20260501", "SUMMARY:x", rule)).ShouldBe(days);

    [Theory]
    [InlineData("20241128", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "2026-11-26 2027-11-25 2028-11-23")] // Thanksgiving.
    [InlineData("20250526", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", "2026-05-25 2027-05-31 2028-05-29")] // Memorial Day.
    [InlineData("20241105", "RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "2026-11-03 2028-11-07")] // Election Day.
    [InlineData("20240229", "RRULE:FREQ=YEARLY", "2028-02-29")] // There is one every four years only.
    [InlineData("20260131", "RRULE:FREQ=MONTHLY;COUNT=3", "2026-01-31 2026-03-31 2026-05-31")] // Months without a 31st are passed over.
    public void Holidays_of_real_feeds_fall_where_they_do(string start, string rule, string days) => Days(Event($"DTSTART;VALUE=DATE:{start}", "SUMMARY:x", rule)).ShouldBe(days);

    [Fact]
    public void A_recurrence_of_several_days_is_taken_with_all_of_its_dates_also_from_before_the_span() =>
        Days(Event("DTSTART;VALUE=DATE:20251231", "DTEND;VALUE=DATE:20260103", "SUMMARY:New Year", "RRULE:FREQ=YEARLY"), "2027-01-01", "2028-12-31")
            .ShouldBe("2027-01-01 2027-01-02 2027-12-31 2028-01-01 2028-01-02 2028-12-31");

    [Fact]
    public void Single_dates_are_added_and_left_out() =>
        Days(Event("DTSTART;VALUE=DATE:20260501", "SUMMARY:x", "RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20270501", "RDATE;VALUE=DATE:20270503,20270504")).ShouldBe("2026-05-01 2027-05-03 2027-05-04 2028-05-01");

    [Fact]
    public void A_recurrence_that_was_moved_is_taken_where_it_was_moved_to() => Days(Read(
    [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT", "UID:a", "DTSTART;VALUE=DATE:20260501", "SUMMARY:x", "RRULE:FREQ=YEARLY", "END:VEVENT",
        "BEGIN:VEVENT", "UID:a", "RECURRENCE-ID;VALUE=DATE:20270501", "DTSTART;VALUE=DATE:20270503", "SUMMARY:x", "END:VEVENT",
        "END:VCALENDAR",
    ])).ShouldBe("2026-05-01 2027-05-03 2028-05-01");

    [Fact]
    public void A_rule_without_an_end_is_followed_to_the_end_of_the_span_and_no_further()
    {
        var feed = Event("DTSTART;VALUE=DATE:19000101", "SUMMARY:x", "RRULE:FREQ=DAILY");
        feed.DaysWithin(Date("2026-01-01"), Date("2026-12-31"), new FeedEffort(default)).Count().ShouldBe(365);
        Event("DTSTART;VALUE=DATE:20260501", "SUMMARY:never again", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31").DaysWithin(Date("2026-06-01"), Date("2126-01-01"), new FeedEffort(default)).ShouldBeEmpty();
    }

    /// <summary>A rule that counts is followed from its beginning, one that does not from where the span begins.</summary>
    [Theory]
    [InlineData("DAILY")]
    [InlineData("DAILY;BYDAY=MO,SA")]
    [InlineData("WEEKLY")]
    [InlineData("WEEKLY;BYDAY=SU,WE;WKST=SU")]
    [InlineData("MONTHLY")]
    [InlineData("MONTHLY;BYDAY=-1FR,2TU")]
    [InlineData("YEARLY")]
    [InlineData("YEARLY;BYMONTH=2;BYMONTHDAY=-1,3")]
    [InlineData("YEARLY;BYDAY=20MO,-1TH")]
    public void A_rule_that_began_long_before_the_span_keeps_its_step(string rule)
    {
        var some = 0;
        foreach (var start in (string[])["19000101", "19000131", "19231118"])
        {
            foreach (var interval in (int[])[1, 2, 3, 7, 13])
            {
                foreach (var (from, to) in ((string, string)[])[("2026-03-05", "2026-12-31"), ("2025-12-31", "2026-01-01"), ("2024-02-29", "2030-02-28")])
                {
                    var skipping = Days(Event($"DTSTART;VALUE=DATE:{start}", "DURATION:P2D", $"RRULE:FREQ={rule};INTERVAL={interval}"), from, to);
                    skipping.ShouldBe(Days(Event($"DTSTART;VALUE=DATE:{start}", "DURATION:P2D", $"RRULE:FREQ={rule};INTERVAL={interval};COUNT=1000000"), from, to), $"{start}, every {interval}");
                    some += skipping.Length;
                }
            }
        }
        some.ShouldBeGreaterThan(100);
    }

    [Theory]
    [InlineData("RRULE:FREQ=DAILY", 100)]
    [InlineData("RRULE:FREQ=WEEKLY;BYDAY=MO,TU", 200)]
    [InlineData("RRULE:FREQ=MONTHLY;BYDAY=5TU", 200)]
    [InlineData("RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30", 200)]
    public void Nobody_pays_for_the_centuries_before_the_span(string rule, int dates)
    {
        var effort = new FeedEffort(default);
        effort.Spend(FeedEffort.MostDates - dates);
        Event("DTSTART;VALUE=DATE:19000102", "SUMMARY:x", rule).DaysWithin(Date("2200-12-30"), Date("2200-12-30"), effort).Count().ShouldBe(1);
    }

    [Fact]
    public void Only_a_rule_whose_recurrences_are_counted_is_followed_from_its_beginning()
    {
        var effort = new FeedEffort(default);
        effort.Spend(FeedEffort.MostDates - 100_000);
        var feed = Event("DTSTART;VALUE=DATE:19000102", "SUMMARY:x", "RRULE:FREQ=DAILY;COUNT=1000000");
        Should.Throw<FeedTooLaboriousException>(() => feed.DaysWithin(Date("2200-12-30"), Date("2200-12-30"), effort).Count());
        feed.DaysWithin(Date("2200-12-30"), Date("2200-12-30"), new FeedEffort(default)).Count().ShouldBe(1);
    }

    [Fact]
    public void An_event_recurs_by_one_rule() =>
        Should.Throw<InvalidFeedException>(() => Event(["DTSTART;VALUE=DATE:19000101", "SUMMARY:x", .. Enumerable.Repeat("RRULE:FREQ=DAILY", 58_000)])).Errors
            .ShouldHaveSingleItem().ShouldBe(new("line 7", "RRULE is there twice: an event recurs by one rule"));

    [Fact]
    public void A_rule_lists_a_hundred_values_at_most_and_what_it_lists_twice_counts_once()
    {
        Should.Throw<InvalidFeedException>(() => Event("DTSTART;VALUE=DATE:19000101", "SUMMARY:x", "RRULE:FREQ=YEARLY;BYDAY=" + string.Join(',', Enumerable.Repeat("MO", 101)))).Errors
            .ShouldHaveSingleItem().ShouldBe(new("line 6", "RRULE BYDAY lists more than 100 values"));
        Days(Event("DTSTART;VALUE=DATE:20260501", "SUMMARY:x", "RRULE:FREQ=MONTHLY;COUNT=3;BYMONTHDAY=" + string.Join(',', Enumerable.Repeat("1", 100)))).ShouldBe("2026-05-01 2026-06-01 2026-07-01");
    }

    [Fact]
    public void A_name_may_be_folded_and_escaped()
    {
        var feed = Event("DTSTART;VALUE=DATE:20260501", "SUMMARY;LANGUAGE=zh:劳动节\\, 五一\\; ", " May \\\\ Day\\nLabour", "\t Day");
        feed.DaysWithin(Date("2026-01-01"), Date("2026-12-31"), new FeedEffort(default)).Single().ShouldBe(new FeedDay(new DateOnly(2026, 5, 1), "劳动节, 五一; May \\ Day Labour Day", false));
    }

    [Fact]
    public void A_fold_may_part_the_bytes_of_one_character()
    {
        byte[] name = Encoding.UTF8.GetBytes("劳动节");
        byte[] file =
        [
            .. Encoding.UTF8.GetBytes("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260501\r\nSUMMARY:"), .. name[..4], .. "\r\n "u8, .. name[4..],
            .. Encoding.UTF8.GetBytes("\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"),
        ];
        HolidayEvents.Read(file, new()).DaysWithin(Date("2026-01-01"), Date("2026-12-31"), new FeedEffort(default)).Single().Name.ShouldBe("劳动节");
    }

    [Theory]
    [InlineData("SUMMARY:春节(班)")]
    [InlineData("SUMMARY:国庆节 补班")]
    [InlineData("SUMMARY:Spring Festival WORKING DAY")]
    [InlineData("SUMMARY:x|CATEGORIES:China,WorkDay")]
    public void A_working_day_is_known_by_its_name_or_category(string lines) =>
        Event(["DTSTART;VALUE=DATE:20260214", .. lines.Split('|')]).DaysWithin(Date("2026-01-01"), Date("2026-12-31"), new FeedEffort(default)).Single().IsWorkday.ShouldBeTrue();

    [Fact]
    public void Which_words_and_categories_count_can_be_said()
    {
        string[] file =
        [
            "BEGIN:VCALENDAR",
            "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260101", "SUMMARY:New Year", "CATEGORIES:Holidays", "TRANSP:OPAQUE", "END:VEVENT",
            "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260214", "SUMMARY:Brückentag eingearbeitet", "CATEGORIES:holidays", "TRANSP:TRANSPARENT", "END:VEVENT",
            "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260308", "SUMMARY:Observance", "CATEGORIES:Other", "END:VEVENT",
            "END:VCALENDAR",
        ];
        Days(Read(file)).ShouldBe("2026-01-01 2026-02-14 2026-03-08");
        Days(Read(file, new() { Categories = ["HOLIDAYS"] })).ShouldBe("2026-01-01 2026-02-14");
        Days(Read(file, new() { OpaqueOnly = true })).ShouldBe("2026-01-01 2026-03-08");
        Read(file, new() { WorkWords = ["EINGEARBEITET"] }).DaysWithin(Date("2026-01-01"), Date("2026-12-31"), new FeedEffort(default)).Where(day => day.IsWorkday).Select(day => day.Date).ShouldBe([Date("2026-02-14")]);
    }

    [Fact]
    public void What_is_cancelled_or_has_a_time_of_day_is_left_out_and_told()
    {
        var feed = Read(
        [
            "BEGIN:VCALENDAR",
            "BEGIN:VTIMEZONE", "TZID:Asia/Shanghai", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0800", "TZOFFSETTO:+0800", "END:STANDARD", "END:VTIMEZONE",
            "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260101", "SUMMARY:off", "STATUS:CANCELLED", "END:VEVENT",
            "BEGIN:VEVENT", "DTSTART;TZID=Asia/Shanghai:20260102T090000", "DTEND;TZID=Asia/Shanghai:20260102T100000", "SUMMARY:meeting", "BEGIN:VALARM", "TRIGGER:-PT15M", "END:VALARM", "END:VEVENT",
            "BEGIN:VTODO", "DTSTART;VALUE=DATE:20260103", "SUMMARY:to do", "END:VTODO",
            "END:VCALENDAR",
        ]);
        Days(feed).ShouldBe("");
        feed.LeftOut.Select(left => (left.Line, left.Name)).ShouldBe([(10, "off"), (15, "meeting")]);
    }

    [Theory]
    [InlineData(1, "HELLO")]
    [InlineData(2, "BEGIN:VCALENDAR", "no colon here", "END:VCALENDAR")]
    [InlineData(2, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:no start", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(3, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260230", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(3, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:2026-05-01", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(4, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260501", "DTEND;VALUE=DATE:20260501", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(4, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260501", "DURATION:-P1D", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(4, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=SOMETIMES", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(4, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=SECONDLY", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(4, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=DAILY;INTERVAL=0", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(4, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY;BYMONTH=13", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(4, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260501", "EXDATE;VALUE=DATE:soon", "END:VEVENT", "END:VCALENDAR")]
    [InlineData(5, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260501", "SUMMARY:x", "END:VTODO", "END:VCALENDAR")]
    [InlineData(2, "BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260501")]
    public void What_is_no_calendar_is_refused_with_its_line(int line, params string[] lines) =>
        Should.Throw<InvalidFeedException>(() => Read(lines)).Errors.Keys.ShouldBe([$"line {line}"]);
}
