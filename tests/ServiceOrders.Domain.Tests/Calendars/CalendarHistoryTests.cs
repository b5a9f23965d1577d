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
