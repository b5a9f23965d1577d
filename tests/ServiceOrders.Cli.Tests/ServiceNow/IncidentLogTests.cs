using System.Globalization;
using System.Text;
using ServiceOrders.Cli.ServiceNow;
using ServiceOrders.Cli.Tests.Given;

namespace ServiceOrders.Cli.Tests.ServiceNow;

public class IncidentLogTests
{
    private readonly List<UnreadableRow> _reported = [];

    private List<Incident> Read(string text) => [.. new IncidentLog(new MemoryStream(Encoding.UTF8.GetBytes(text)), _reported.Add).Read()];

    [Fact]
    public void Times_are_day_first_and_question_marks_are_unknown()
    {
        var row = Read(new LogFile().Incident("INC1", "02-03-2016 09:00").Row("1/4/2016 7:05", "New", "?").Text).ShouldHaveSingleItem().Rows.ShouldHaveSingleItem();

        row.OpenedAt.ShouldBe(new DateTime(2016, 3, 2, 9, 0, 0));
        row.UpdatedAt.ShouldBe(new DateTime(2016, 4, 1, 7, 5, 0));
        row.UpdatedBy.ShouldBeNull();
        row.ResolvedAt.ShouldBeNull();
        _reported.ShouldBeEmpty();
    }

    [Fact]
    public void Rows_of_an_incident_are_gathered_even_when_others_stand_between()
    {
        var log = new LogFile().Incident("INC1", "01-03-2016 09:00").Row("01-03-2016 09:00", "New", "Ann").Incident("INC2", "01-03-2016 09:30").Row("01-03-2016 09:30", "New", "Ann")
            .Incident("INC1", "01-03-2016 09:00").Row("01-03-2016 10:00", "Resolved", "Ann");

        Read(log.Text).Select(i => (i.Number, i.Rows.Count)).ShouldBe([("INC2", 1), ("INC1", 2)]);
    }

    [Fact]
    public void A_row_that_comes_too_late_for_its_incident_is_reported()
    {
        var log = new LogFile().Incident("INC0", "01-03-2016 09:00").Row("01-03-2016 09:00", "New", "Ann");
        for (var i = 1; i <= IncidentLog.Window; i++) log.Incident(string.Create(CultureInfo.InvariantCulture, $"INC{i}"), "01-03-2016 09:00").Row("01-03-2016 09:00", "New", "Ann");
        log.Incident("INC0", "01-03-2016 09:00").Row("01-03-2016 10:00", "Resolved", "Ann");

        var incidents = Read(log.Text);

        incidents.Count.ShouldBe(IncidentLog.Window + 1);
        incidents.Single(i => i.Number == "INC0").Rows.Count.ShouldBe(1);
        _reported.ShouldHaveSingleItem().Number.ShouldBe("INC0");
    }

    [Fact]
    public void An_incident_with_a_row_that_cannot_be_read_is_left_out_as_a_whole_and_named()
    {
        var log = new LogFile().Incident("INC1", "01-03-2016 09:00").Row("01-03-2016 09:00", "New", "Ann").Row("2016-03-01 10:00", "Active", "Ann").Row("01-03-2016 11:00", "Resolved", "Ann")
            .Incident("INC2", "01-03-2016 09:30").Row("01-03-2016 09:30", "New", "Ann").Incident("?", "01-03-2016 09:30").Row("01-03-2016 09:30", "New", "Ann");

        Read(log.Text).ShouldHaveSingleItem().Number.ShouldBe("INC2");
        _reported.Select(r => (r.RowNumber, r.Number)).ShouldBe([(3, "INC1"), (6, null)]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a,b\r\n1,2\r\n")]
    [InlineData("{\"externalReference\":\"INC1\"}\n")]
    public void A_file_that_is_no_such_log_is_refused(string text) => Should.Throw<InvalidDataException>(() => Read(text));
}
