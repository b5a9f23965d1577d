using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using ServiceOrders.Host.Importing;

namespace ServiceOrders.Host.Tests.Importing;

public class ImportTroubleTests(OldDesk desk) : IClassFixture<OldDesk>
{
    [Fact]
    public async Task An_import_that_broke_off_is_taken_up_by_sending_it_again_and_every_ticket_is_there_once()
    {
        var lines = OldDesk.Lines("cut", 600);
        await SendHalfAndHangUp(lines);

        var answers = await desk.Import(lines);

        var summary = answers.Summary();
        (summary.Lines, summary.Rejected).ShouldBe((600, 0));
        summary.Skipped.ShouldBeGreaterThan(0);
        summary.Imported.ShouldBeGreaterThan(0);
        answers.OfType<TicketTold>().Count(t => t.Skipped).ShouldBe((int)summary.Skipped);
        var opened = await desk.Opened("cut");
        opened.Count.ShouldBe(600);
        opened.Values.ShouldAllBe(times => times == 1);
        (await desk.Import(lines)).Summary().Skipped.ShouldBe(600);
    }

    [Fact]
    public async Task Two_imports_of_the_same_at_once_double_nothing()
    {
        var lines = OldDesk.Lines("twice", 300);

        var both = await Task.WhenAll(desk.Import(lines), desk.Import([.. lines.Reverse()]));

        both.Sum(b => b.Summary().Imported).ShouldBe(300);
        both.Sum(b => b.Summary().Skipped).ShouldBe(300);
        both.Sum(b => b.Summary().Rejected).ShouldBe(0);
        var opened = await desk.Opened("twice");
        opened.Count.ShouldBe(300);
        opened.Values.ShouldAllBe(times => times == 1);
    }

    [Fact]
    public async Task A_line_that_comes_twice_in_one_import_is_one_ticket()
    {
        var summary = (await desk.Import(OldDesk.Line("same-1"), OldDesk.Line("same-1"))).Summary();

        (summary.Imported, summary.Skipped).ShouldBe((1, 1));
    }

    [Theory]
    [InlineData("channel=nobodys", "channel")]
    [InlineData("timeZone=Europe/Atlantis", "timeZone")]
    [InlineData("calendar=nobodys", "calendar")]
    [InlineData("policy=nobodys", "policy")]
    [InlineData("detail=perhaps", "detail")]
    [InlineData("colour=red", "colour")]
    public async Task What_the_log_does_not_say_has_to_exist(string query, string field)
    {
        using var client = desk.Client();
        using var answer = await client.PostAsync("/v1/imports?" + query, Body("terms-1"));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]!.AsObject().ShouldHaveSingleItem().Key.ShouldBe(field);
        (await desk.Opened("terms")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_supervisors_and_administrators_import_and_only_ndjson()
    {
        using var administrator = desk.Client();
        using var made = await administrator.PostAsync("/v1/staff", OldDesk.Json("""{ "name": "agent-of-imports", "role": "agent" }"""));
        var key = (string)JsonNode.Parse(await made.Content.ReadAsStringAsync())!["apiKey"]!;
        using var agent = desk.Client(key);
        using var stranger = desk.Client("nobodys");

        using var forbidden = await agent.PostAsync("/v1/imports?channel=old-desk", Body("who-1"));
        using var unknown = await stranger.PostAsync("/v1/imports?channel=old-desk", Body("who-1"));
        using var json = await administrator.PostAsync("/v1/imports?channel=old-desk", OldDesk.Json(OldDesk.Line("who-1")));

        (forbidden.StatusCode, unknown.StatusCode, json.StatusCode).ShouldBe((HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized, HttpStatusCode.UnsupportedMediaType));
        (await desk.Opened("who")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_to_import_is_an_import_of_nothing() => (await desk.ImportWith("channel=old-desk", "", "  ", "")).ShouldHaveSingleItem().ShouldBeOfType<ImportSummary>().Lines.ShouldBe(0);

    private static StringContent Body(string reference) => new(OldDesk.Line(reference), Encoding.UTF8, ImportEndpoint.MediaType);

    /// <summary>Sends the first half of a body, waits until a ticket came of it, and hangs up without a word.</summary>
    private async Task SendHalfAndHangUp(string[] lines)
    {
        var whole = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        using var connection = new TcpClient();
        await connection.ConnectAsync(desk.Address.Host, desk.Address.Port);
        connection.LingerState = new LingerOption(true, 0);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/imports?channel=old-desk&policy=standard&detail=true HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {OldDesk.Key}\r\n"
            + $"Content-Type: {ImportEndpoint.MediaType}\r\nContent-Length: {whole.Length}\r\n\r\n"));
        await stream.WriteAsync(whole.AsMemory(0, whole.Length / 2));
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync() is { } line && !line.Contains("\"type\":\"ticket\"", StringComparison.Ordinal)) { }
    }
}
