using ServiceOrders.Domain.Tickets.Importing;
using static ServiceOrders.Domain.Tests.Tickets.Importing.PastTicket;

namespace ServiceOrders.Domain.Tests.Tickets.Importing;

public class LogClockTests
{
    private static readonly LogClock Lisbon = LogClock.In("Europe/Lisbon")!;

    [Theory]
    [InlineData("2016-02-29T01:16", "2016-02-29T01:16")]
    [InlineData("2016-07-01T01:16", "2016-07-01T00:16")]
    [InlineData("2016-07-01T01:16:30.5", "2016-07-01T00:16:30.5")]
    public void Local_times_are_read_in_their_zone_summer_and_winter(string local, string utc) => Lisbon.Read(local).ShouldBe(At(utc));

    [Fact]
    public void An_hour_that_comes_twice_is_its_first_coming_unless_that_is_before_what_came_before()
    {
        // On 30 October 2016 Lisbon sets its clocks back from 02:00 to 01:00.
        Lisbon.Read("2016-10-30T01:30").ShouldBe(At("2016-10-30T00:30"));
        Lisbon.Read("2016-10-30T01:30", after: At("2016-10-30T00:30")).ShouldBe(At("2016-10-30T00:30"));
        Lisbon.Read("2016-10-30T01:10", after: At("2016-10-30T00:50")).ShouldBe(At("2016-10-30T01:10"));
    }

    [Fact]
    public void An_hour_that_is_missing_was_read_off_a_clock_not_yet_set()
    {
        // On 27 March 2016 Lisbon sets its clocks forward from 01:00 to 02:00.
        Lisbon.Read("2016-03-27T01:30").ShouldBe(At("2016-03-27T01:30"));
        Lisbon.Read("2016-03-27T02:30").ShouldBe(At("2016-03-27T01:30"));
    }

    [Theory]
    [InlineData("29-02-2016 01:16")]
    [InlineData("2015-02-29T01:16")]
    [InlineData("2016-02-29")]
    [InlineData("0001-01-01T00:00")]
    [InlineData("")]
    public void What_is_no_time_is_none(string text) => Lisbon.Read(text).ShouldBeNull();

    [Fact]
    public void A_place_that_does_not_exist_has_no_clock() => LogClock.In("Europe/Atlantis").ShouldBeNull();
}
