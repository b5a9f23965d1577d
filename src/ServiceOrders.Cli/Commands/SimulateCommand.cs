using System.CommandLine;
using ServiceOrders.Cli.Simulating;
using ServiceOrders.Host.Simulating;

namespace ServiceOrders.Cli.Commands;

/// <summary><c>service-orders simulate</c>: what would have been, or would be, under another policy or other calendars, asked of the service.</summary>
internal sealed class SimulateCommand
{
    private readonly Desk _desk;
    private readonly ServerOptions _server = new("The key of a supervisor, auditor or administrator");
    private readonly Option<string?> _policy = new("--policy") { Description = "The policy to try out: a JSON file, or the name of a policy, whose latest version is taken, a draft too. Left out: tickets keep theirs." };
    private readonly Option<string[]> _calendars = new("--calendar") { Description = "A JSON file with a calendar to try out, in place of the latest version of its name. Can be given several times.", DefaultValueFactory = _ => [] };
    private readonly Option<string?> _acts = new("--acts") { Description = "A JSON file with a sequence of acts, [{ \"act\": \"open\", \"occurredAt\": … }, …]: simulates a supposed ticket instead of real ones. - for standard input." };
    private readonly Option<DateTimeOffset?> _until = new("--until") { Description = "The end of what is looked at; now when left out." };
    private readonly Option<DateTimeOffset?> _openedFrom = new("--opened-from") { Description = "Real tickets opened at this time or later." };
    private readonly Option<DateTimeOffset?> _openedTo = new("--opened-to") { Description = "Real tickets opened before this time." };
    private readonly Option<string[]> _kinds = new("--kind") { Description = "Real tickets of this kind. Can be given several times.", DefaultValueFactory = _ => [] };
    private readonly Option<string[]> _channels = new("--channel") { Description = "Real tickets of this channel. Can be given several times.", DefaultValueFactory = _ => [] };
    private readonly Option<string[]> _under = new("--under") { Description = "Real tickets that have the policy of this name. Can be given several times.", DefaultValueFactory = _ => [] };
    private readonly Option<int?> _limit = new("--limit") { Description = "At most so many real tickets." };
    private readonly Option<string?> _out = new("--out") { Description = "A file for a line of JSON for each real ticket: its milestones as they came out, as they would have, and what differs." };
    private readonly Option<bool> _differing = new("--differing") { Description = "With --out: only tickets for which anything differs." };
    private readonly Option<bool> _json = new("--json") { Description = "Write the result as JSON." };

    private SimulateCommand(Desk desk) => _desk = desk;

    /// <summary>The command.</summary>
    public static Command Of(Desk desk)
    {
        var simulate = new SimulateCommand(desk);
        var command = new Command("simulate", "Says what would have become of real tickets, or would become of a supposed one, under another policy or other calendars. Nothing is changed.")
        {
            simulate._policy, simulate._calendars, simulate._acts, simulate._until, simulate._openedFrom, simulate._openedTo, simulate._kinds, simulate._channels, simulate._under, simulate._limit,
            simulate._out, simulate._differing, simulate._json, simulate._server.Address, simulate._server.Key,
        };
        command.SetAction((parsed, cancellation) => Running.Guarded(desk, () => simulate.RunAsync(parsed, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using var http = _server.Client(_desk, parsed);
        var files = new CandidateFiles(_desk);
        var request = files.Request(parsed.GetValue(_policy), parsed.GetValue(_calendars)!, parsed.GetValue(_until)?.ToUniversalTime());
        var client = new SimulationClient(http, _desk.Error);
        if (parsed.GetValue(_acts) is { } acts)
        {
            if (RealOnes(parsed)) throw new CommandException(ExitCode.Usage, "--acts supposes a ticket; --opened-from, --opened-to, --kind, --channel, --under, --limit and --out are about real ones.");
            SimulationReport.Write(await client.SupposeAsync(request with { Acts = files.Acts(acts) }, cancellation), parsed.GetValue(_json), _desk.Output);
            return ExitCode.Done;
        }
        var lines = parsed.GetValue(_out) is null ? LinesTold.None : parsed.GetValue(_differing) ? LinesTold.Differing : LinesTold.All;
        var told = await client.SimulateAsync(request with { Tickets = SelectionOf(parsed, lines) }, parsed.GetValue(_out), cancellation);
        SimulationReport.Write(told, parsed.GetValue(_json), _desk.Output);
        return ExitCode.Done;
    }

    private bool RealOnes(ParseResult parsed) => parsed.GetValue(_openedFrom) is not null || parsed.GetValue(_openedTo) is not null || parsed.GetValue(_kinds) is { Length: > 0 }
        || parsed.GetValue(_channels) is { Length: > 0 } || parsed.GetValue(_under) is { Length: > 0 } || parsed.GetValue(_limit) is not null || parsed.GetValue(_out) is not null;

    private TicketSelection SelectionOf(ParseResult parsed, LinesTold lines) => new()
    {
        OpenedFrom = parsed.GetValue(_openedFrom)?.ToUniversalTime(), OpenedTo = parsed.GetValue(_openedTo)?.ToUniversalTime(), Kind = CandidateFiles.Kinds(parsed.GetValue(_kinds)!),
        Channel = parsed.GetValue(_channels)!, Policy = parsed.GetValue(_under)!, Limit = parsed.GetValue(_limit), Lines = lines,
    };
}
