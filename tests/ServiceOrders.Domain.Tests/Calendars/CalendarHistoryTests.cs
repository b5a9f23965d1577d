using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Calendars;

public sealed class CalendarHistoryTests
{
    private static readonly CalendarDefinition Office = ShippedData.ChineseOffice;
    private static readonly CalendarHistory Published = CalendarHistory.Unsaved.Evolve(CalendarHistory.Unsaved.Create(Office).Event!, new EventMeta(1, default, default, Actor.Clock));

    [Fact]
    public void Each_publication_is_a_version()
    {
        Published.Versions.ShouldHaveSingleItem().Version.ShouldBe(1);
        var next = Published.Publish("cn-office", Office with { Days = [] }).Event.ShouldBeOfType<CalendarPublished>();
        next.CalendarVersion.ShouldBe(2);
        DefinitionJson.Read<CalendarDefinition>(next.Definition).Days.ShouldBeEmpty();
    }

    [Fact]
    public void What_says_the_same_as_the_latest_version_is_no_version_in_whatever_order_it_says_it()
    {
        Published.Publish("cn-office", Office).ShouldBe(Verdict.Unchanged<ICalendarEvent>());
        var reordered = Office with
        {
            Days = [.. Office.Days.Reverse()],
            Week = Office.Week.Reverse().Where(day => day.Value.Count > 0).ToDictionary(day => day.Key, day => (IReadOnlyList<IReadOnlyList<string>>)[.. day.Value.Reverse()]),
        };
        Published.Publish("cn-office", reordered).ShouldBe(Verdict.Unchanged<ICalendarEvent>());

        IReadOnlyList<CalendarDefinition> others =
        [
            Office with { KnownUntil = Office.KnownUntil!.Value.AddDays(1) }, Office with { TimeZone = "Asia/Taipei" }, Office with { Days = [.. Office.Days.Skip(1)] },
            Office with { Days = [Office.Days[0] with { Name = "x" }, .. Office.Days.Skip(1)] }, Office with { Week = Office.Week.Where(day => day.Key != "monday").ToDictionary() },
        ];
        foreach (var other in others) Published.Publish("cn-office", other).Event.ShouldNotBeNull();

        var back = Published.Evolve(Published.Publish("cn-office", others[0]).Event!, new EventMeta(2, default, default, Actor.Clock)).Publish("cn-office", Office);
        back.Event.ShouldBeOfType<CalendarPublished>().CalendarVersion.ShouldBe(3, "an older version may come back");
    }

    [Fact]
    public void A_calendar_survives_its_event_unchanged() =>
        DefinitionJson.Write(DefinitionJson.Read<CalendarDefinition>(Published.Versions[0].Definition)).ShouldBe(DefinitionJson.Write(Office));

    [Fact]
    public void A_name_can_be_taken_once() => Published.Create(Office).Refusal!.Code.ShouldBe("name-taken");

    [Fact]
    public void A_calendar_keeps_its_name() => Published.Publish("cn-office", Office with { Name = "other" }).Refusal!.Field.ShouldBe("name");

    [Fact]
    public void A_calendar_with_errors_is_refused_with_all_of_them() =>
        Published.Publish("cn-office", Office with { TimeZone = "Moon", Week = new Dictionary<string, IReadOnlyList<IReadOnlyList<string>>> { ["someday"] = [] } })
            .Refusal!.Errors!.Keys.ShouldBe(["timeZone", "week.someday"]);

    [Fact]
    public void Around_the_clock_is_built_in() => CalendarHistory.Unsaved.Create(CalendarDefinition.Always).Refusal!.Code.ShouldBe("built-in-calendar");
}
