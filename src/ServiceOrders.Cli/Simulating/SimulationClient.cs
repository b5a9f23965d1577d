using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ServiceOrders.Host.Simulating;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli.Simulating;

/// <summary>Asks <c>POST /v1/simulations</c>.</summary>
/// <param name="http">The way to the server, with the key.</param>
/// <param name="progress">Where progress is told.</param>
internal sealed class SimulationClient(HttpClient http, TextWriter progress)
{
    /// <summary>Supposes a ticket.</summary>
    /// <exception cref="CommandException">The server refuses or cannot be reached.</exception>
    public async Task<SupposedTicket> SupposeAsync(SimulationRequest request, CancellationToken cancellation)
    {
        using var response = await SendAsync(request, cancellation);
        return (await response.Content.ReadFromJsonAsync<SupposedTicket>(ApiJson.Options, cancellation))!;
    }

    /// <summary>Simulates real tickets.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="file">Where the lines of tickets go; null: none are asked for.</param>
    /// <param name="cancellation">Interrupts it.</param>
    /// <exception cref="CommandException">The server refuses, stopped or cannot be reached, or the file cannot be written.</exception>
    public async Task<SimulationSummary> SimulateAsync(SimulationRequest request, string? file, CancellationToken cancellation)
    {
        await using var output = file is null ? StreamWriter.Null : Create(file);
        using var response = await SendAsync(request, cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        try
        {
            while (await reader.ReadLineAsync(cancellation) is { } line)
            {
                // Lines of tickets, by far the most, go as they came.
                if (line.StartsWith("{\"type\":\"ticket\"", StringComparison.Ordinal) || line.StartsWith("{\"type\":\"notSimulated\"", StringComparison.Ordinal)) await output.WriteAsync((line + "\n").AsMemory(), cancellation);
                else if (Take(line) is { } summary) return summary;
            }
        }
        catch (Exception broken) when (broken is HttpRequestException or HttpIOException or JsonException)
        {
            throw new CommandException(ExitCode.Unavailable, "The connection broke off; nothing was changed, give the same command again.");
        }
        throw new CommandException(ExitCode.Unavailable, "The connection broke off; nothing was changed, give the same command again.");
    }

    private SimulationSummary? Take(string line)
    {
        switch (JsonSerializer.Deserialize<SimulationAnswer>(line, ApiJson.Options))
        {
            case SimulationProgress at:
                progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{at.Tickets} of {at.Selected} tickets"));
                return null;
            case SimulationStopped stopped:
                throw new CommandException(ExitCode.Unavailable, string.Create(CultureInfo.InvariantCulture, $"Stopped after {stopped.Tickets} tickets: {Server.Text(stopped.Problem)}"));
            case SimulationSummary summary:
                return summary;
            default:
                return null;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(SimulationRequest request, CancellationToken cancellation)
    {
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/simulations") { Content = JsonContent.Create(request, options: ApiJson.Options) };
            var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (response.StatusCode == HttpStatusCode.OK) return response;
            using (response)
            {
                // What is malformed or does not hold together came from the command line or a file.
                var whose = response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity ? ExitCode.Usage : ExitCode.Unavailable;
                throw new CommandException(whose, $"The server refuses: {await Server.ReasonOf(response, cancellation)}");
            }
        }
        catch (HttpRequestException unreachable)
        {
            throw new CommandException(ExitCode.Unavailable, $"The server cannot be reached: {unreachable.Message}");
        }
    }

    private static StreamWriter Create(string file)
    {
        try
        {
            return new StreamWriter(file, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{file} cannot be written: {unwritable.Message}");
        }
    }
}
