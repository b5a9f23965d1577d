using System.CommandLine;
using System.Net;
using System.Net.Http.Json;
using ServiceOrders.Cli.Importing;
using ServiceOrders.Cli.ServiceNow;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli.Commands;

/// <summary><c>service-orders import</c>: brings the tickets of another service desk in, over the API.</summary>
internal sealed class ImportCommand
{
    private const string Ndjson = "ndjson";
    private const string ServiceNow = "servicenow";

    private readonly Desk _desk;
    private readonly Argument<string> _file = new("file") { Description = "The file; - for standard input." };
    private readonly Option<string> _from = new("--from") { Description = "What the file is: ndjson (one ticket a line, as POST /v1/imports takes it) or servicenow (an incident log, CSV).", DefaultValueFactory = _ => Ndjson };
    private readonly ServerOptions _server = new("The key of a supervisor or administrator");
    private readonly Option<string?> _channel = new("--channel") { Description = "The channel of tickets that name none. For servicenow 'servicenow' when left out; there it is registered when it does not exist." };
    private readonly Option<string> _zone = new("--time-zone") { Description = "The IANA time zone of times without an offset, like Europe/Lisbon.", DefaultValueFactory = _ => "UTC" };
    private readonly Option<string?> _calendar = new("--calendar") { Description = "A calendar that stands in for every calendar but 'always' that the policy names." };
    private readonly Option<string?> _policy = new("--policy") { Description = "The policy of every ticket. For servicenow 'standard' when left out; else the one that was in force when the ticket was opened, if one was." };
    private readonly Option<bool> _json = new("--json") { Description = "Write the summary as JSON." };

    private ImportCommand(Desk desk)
    {
        _desk = desk;
        _from.AcceptOnlyFromAmong(Ndjson, ServiceNow);
    }

    /// <summary>The command.</summary>
    public static Command Of(Desk desk)
    {
        var import = new ImportCommand(desk);
        var command = new Command("import", "Brings the tickets of another service desk in, with deadlines computed as of then. It can be given again: what is there already is skipped.")
        {
            import._file, import._from, import._server.Address, import._server.Key, import._channel, import._zone, import._calendar, import._policy, import._json,
        };
        command.SetAction((parsed, cancellation) => Running.Guarded(desk, () => import.RunAsync(parsed, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var isServiceNow = parsed.GetValue(_from) == ServiceNow;
        using var http = _server.Client(_desk, parsed);
        await using var file = Open(parsed.GetValue(_file)!);

        var channel = parsed.GetValue(_channel) ?? (isServiceNow ? ServiceNow : null);
        if (isServiceNow) await EnsureChannelAsync(http, channel!, cancellation);
        var client = new ImportClient(http, TargetOf(parsed, channel, isServiceNow), _desk.Time, _desk.Error.WriteLine);
        var witness = isServiceNow ? new SlaWitness() : null;
        var job = new ImportJob(client, witness, _desk.Error);
        var lines = witness is null ? Sources.NdjsonAsync(file, job.Report, cancellation) : Sources.ServiceNowAsync(file, witness, job.Report, cancellation);
        ImportReport report;
        try
        {
            report = await job.RunAsync(lines, cancellation);
        }
        catch (InvalidDataException)
        {
            // What stood before the fault was sent: it is told, and the fault after it.
            Write(parsed, job.SoFar);
            throw;
        }
        Write(parsed, report);
        return report.Rejected == 0 ? ExitCode.Done : ExitCode.SomeRejected;
    }

    private void Write(ParseResult parsed, ImportReport report)
    {
        if (parsed.GetValue(_json)) report.WriteJson(_desk.Output);
        else report.WriteText(_desk.Output);
    }

    private Stream Open(string file)
    {
        if (file == "-") return _desk.OpenInput();
        try
        {
            return File.OpenRead(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{file} cannot be read: {unreadable.Message}");
        }
    }

    private string TargetOf(ParseResult parsed, string? channel, bool isServiceNow)
    {
        (string Name, string? Value)[] query =
        [
            ("channel", channel), ("timeZone", parsed.GetValue(_zone)), ("calendar", parsed.GetValue(_calendar)),
            ("policy", parsed.GetValue(_policy) ?? (isServiceNow ? "standard" : null)), ("detail", isServiceNow ? "true" : null),
        ];
        return "/v1/imports?" + string.Join('&', query.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
    }

    /// <summary>A ServiceNow log knows no channels of ours; so that it can be brought in with one command, its channel is made where it is missing.</summary>
    private async Task EnsureChannelAsync(HttpClient http, string channel, CancellationToken cancellation)
    {
        try
        {
            using var known = await http.GetAsync(new Uri($"/v1/channels/{Uri.EscapeDataString(channel)}", UriKind.Relative), cancellation);
            if (known.IsSuccessStatusCode) return;
            if (known.StatusCode != HttpStatusCode.NotFound) throw new CommandException(ExitCode.Unavailable, $"The server refuses: {await Server.ReasonOf(known, cancellation)}");
            using var made = await http.PostAsJsonAsync("/v1/channels", new { name = channel, medium = "phone" }, ApiJson.Options, cancellation);
            if (!made.IsSuccessStatusCode) throw new CommandException(ExitCode.Unavailable, $"The channel {channel} cannot be registered: {await Server.ReasonOf(made, cancellation)}");
            await _desk.Error.WriteLineAsync($"registered the channel {channel}; its key is not kept: whoever is to post through it has it rotated");
        }
        catch (HttpRequestException unreachable)
        {
            throw new CommandException(ExitCode.Unavailable, $"The server cannot be reached: {unreachable.Message}");
        }
    }
}
