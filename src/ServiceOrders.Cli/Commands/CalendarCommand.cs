using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli.Commands;

/// <summary><c>service-orders calendar import</c>: takes published holidays and make-up days into a calendar's next version. Each option is a parameter of <c>POST /v1/calendars/{name}/import</c>.</summary>
internal static class CalendarCommand
{
    private static readonly (string Option, string Parameter, string Description)[] Texts =
    [
        ("--from", "from", "From which date, like 2027-01-01; left out: where a JSON list's year or the calendar's known holidays begin."),
        ("--to", "to", "To which date, included."),
        ("--work-words", "workWords", "Names of make-up days contain one of these, separated by commas."),
        ("--work-hours", "workHours", "The hours of make-up days, like 09:00-12:00,13:00-18:00; left out: the calendar's Monday."),
        ("--category", "category", "Only events with one of these categories."),
    ];

    private static readonly (string Option, string Parameter, string Description)[] Flags =
    [
        ("--opaque-only", "opaqueOnly", "Leave out events that are marked as leaving the day free."),
        ("--replace", "replace", "The calendar's other special days between the two dates go."),
    ];

    /// <summary>The command.</summary>
    public static Command Of(Desk desk)
    {
        var name = new Argument<string>("calendar") { Description = "The calendar." };
        var file = new Argument<string>("file") { Description = "An iCalendar file, or a yearly list in JSON; - for standard input." };
        var way = new ServerOptions("The key of a supervisor or administrator");
        var texts = Texts.Select(text => (text.Parameter, Option: new Option<string?>(text.Option) { Description = text.Description })).ToArray();
        var flags = Flags.Select(flag => (flag.Parameter, Option: new Option<bool>(flag.Option) { Description = flag.Description })).ToArray();
        var import = new Command("import", "Takes published holidays and make-up days into a calendar's next version. Given again it changes nothing.") { name, file, way.Address, way.Key };
        foreach (var option in texts.Select(t => (Option)t.Option).Concat(flags.Select(f => f.Option))) import.Add(option);
        import.SetAction((parsed, cancellation) => Running.Guarded(desk, async () =>
        {
            using var http = way.Client(desk, parsed);
            var query = texts.Select(t => (t.Parameter, Value: parsed.GetValue(t.Option))).Concat(flags.Select(f => (f.Parameter, Value: parsed.GetValue(f.Option) ? "true" : null)))
                .Where(p => p.Value is not null).Select(p => $"{p.Parameter}={Uri.EscapeDataString(p.Value!)}");
            var path = $"/v1/calendars/{Uri.EscapeDataString(parsed.GetValue(name)!)}/import?{string.Join('&', query)}";
            return await RunAsync(desk, http, path, await ReadAsync(desk, parsed.GetValue(file)!, cancellation), cancellation);
        }));
        return new Command("calendar", "Business calendars.") { import };
    }

    private static async Task<int> RunAsync(Desk desk, HttpClient http, string path, byte[] feed, CancellationToken cancellation)
    {
        try
        {
            var isJson = feed.AsSpan().TrimStart(" \t\r\n\uFEFF"u8) is [(byte)'{', ..];
            using var body = new ByteArrayContent(feed) { Headers = { ContentType = new MediaTypeHeaderValue(isJson ? "application/json" : CalendarImported.ICalendar) } };
            using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), body, cancellation);
            if (answer.IsSuccessStatusCode) Tell(desk, (await answer.Content.ReadFromJsonAsync<CalendarImported>(ApiJson.Options, cancellation))!);
            else if (await IsThereAlreadyAsync(answer, cancellation)) await desk.Error.WriteLineAsync("nothing to do: the calendar has all of these days already");
            else throw new CommandException(ExitCode.Unavailable, $"The server refuses: {await Server.ReasonOf(answer, cancellation)}");
            return ExitCode.Done;
        }
        catch (HttpRequestException unreachable)
        {
            throw new CommandException(ExitCode.Unavailable, $"The server cannot be reached: {unreachable.Message}");
        }
    }

    private static void Tell(Desk desk, CalendarImported import)
    {
        foreach (var day in import.Taken) desk.Output.WriteLine(Line(day, ""));
        foreach (var day in import.Removed) desk.Output.WriteLine(Line(day, " removed"));
        foreach (var left in import.LeftOut) desk.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"line {left.Line}: {left.Name} is left out, because {left.Reason}"));
        desk.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{import.Calendar.Name} version {import.Calendar.Version}: {import.Taken.Count} days taken, {import.Removed.Count} removed"));
    }

    private static string Line(SpecialDay day, string what)
    {
        var hours = day.Intervals.Count == 0 ? "off" : string.Join(' ', day.Intervals.Select(i => string.Join('-', i)));
        return string.Create(CultureInfo.InvariantCulture, $"{day.Date:yyyy-MM-dd} {day.Name} {hours}{what}");
    }

    private static async Task<bool> IsThereAlreadyAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json") return false;
        // Kept by the content, so that it can be read again.
        await answer.Content.LoadIntoBufferAsync(cancellation);
        return JsonSerializer.Deserialize<ProblemDocument>(await answer.Content.ReadAsStringAsync(cancellation), ApiJson.Options)?.Type == "/problems/nothing-changes";
    }

    private static async Task<byte[]> ReadAsync(Desk desk, string file, CancellationToken cancellation)
    {
        try
        {
            await using var stream = file == "-" ? desk.OpenInput() : File.OpenRead(file);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy, cancellation);
            return copy.ToArray();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{file} cannot be read: {unreadable.Message}");
        }
    }
}
