using ServiceOrders.Domain.Auditing;

namespace ServiceOrders.Domain.Tests.Auditing;

/// <summary>Months in a time zone.</summary>
public class SampleMonthTests
{
    [Fact]
    public void A_month_begins_at_midnight_where_it_is_counted()
    {
        new SampleMonth(2026, 11).StartsAt("Asia/Shanghai").ShouldBe(new DateTimeOffset(2026, 10, 31, 16, 0, 0, TimeSpan.Zero));
        new SampleMonth(2026, 11).StartsAt("UTC").ShouldBe(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));
        SampleMonth.Of(new DateTimeOffset(2026, 10, 31, 16, 0, 0, TimeSpan.Zero), "Asia/Shanghai").ShouldBe(new SampleMonth(2026, 11));
        SampleMonth.Of(new DateTimeOffset(2026, 10, 31, 16, 0, 0, TimeSpan.Zero).AddTicks(-1), "Asia/Shanghai").ShouldBe(new SampleMonth(2026, 10));
    }

    [Fact]
    public void Months_follow_one_another_over_the_year()
    {
        new SampleMonth(2026, 12).Next.ShouldBe(new SampleMonth(2027, 1));
        new SampleMonth(2027, 1).Previous.ShouldBe(new SampleMonth(2026, 12));
        new SampleMonth(2026, 3).ToString().ShouldBe("2026-03");
    }

    [Theory]
    [InlineData("2026-3")]
    [InlineData("2026-13")]
    [InlineData("2026-00")]
    [InlineData("march 1")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_month_is_none(string? text) => SampleMonth.Parse(text).ShouldBeNull();

    [Fact]
    public void Zones_are_those_of_the_time_zone_database()
    {
        SampleMonth.IsZone("Asia/Shanghai").ShouldBeTrue();
        SampleMonth.IsZone("Asia/Shangri-La").ShouldBeFalse();
    }
}
