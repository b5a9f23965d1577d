using System.CommandLine;
using System.Globalization;
using System.Net.Http.Json;
using ServiceOrders.Host.Operating;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli.Commands;

/// <summary><c>service-orders rebuild</c>: has the service rebuild a read model from the events while the old one serves, and waits until the new one does.</summary>
internal static class RebuildCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The command.</summary>
    public static Command Of(Desk desk)
    {
        var name = new Argument<string>("projection") { Description = "The read model, as GET /v1/projections names it; inline stands for those written with the events." };
        var way = new ServerOptions("The key of an administrator");
        var command = new Command("rebuild", "Rebuilds a read model from the events, while the old one serves. One that was interrupted goes on where it was.") { name, way.Address, way.Key };
        command.SetAction((parsed, cancellation) => Running.Guarded(desk, async () =>
        {
            using var http = way.Client(desk, parsed);
            return await RunAsync(desk, http, parsed.GetValue(name)!, cancellation);
        }));
        return command;
    }

    private static async Task<int> RunAsync(Desk desk, HttpClient http, string name, CancellationToken cancellation)
    {
        try
        {
            using var started = await http.PostAsJsonAsync($"/v1/projections/{Uri.EscapeDataString(name)}/rebuild", new NoFields(), ApiJson.Options, cancellation);
            if (!started.IsSuccessStatusCode) throw new CommandException(ExitCode.Unavailable, $"The server refuses: {await Server.ReasonOf(started, cancellation)}");
            while (true)
            {
                await Task.Delay(Pause, desk.Time, cancellation);
                var all = await http.GetFromJsonAsync<Page<ProjectionView>>("/v1/projections", ApiJson.Options, cancellation);
                var rebuild = all!.Items.Single(p => p.Name == name).Rebuild
                    ?? throw new CommandException(ExitCode.Unavailable, "The service was started anew meanwhile; give the command again, it goes on where it was.");
                await desk.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{rebuild.Streams} streams, {rebuild.Events} events"));
                if (rebuild.State == RebuildState.Done) return ExitCode.Done;
                if (rebuild.State != RebuildState.Running) throw new CommandException(ExitCode.Unavailable, $"The rebuild ended: {rebuild.State} {rebuild.Error}".TrimEnd() + ". The old read model serves on.");
            }
        }
        catch (HttpRequestException unreachable)
        {
            throw new CommandException(ExitCode.Unavailable, $"The server cannot be reached: {unreachable.Message}");
        }
    }
}
