using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using ServiceOrders.Host.Importing;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli.Importing;

/// <summary>
/// Sends batches to <c>POST /v1/imports</c>. A batch that breaks off, or that the server cannot take just now, is sent again a few times, each time after a longer wait:
/// what was imported already is skipped.
/// </summary>
/// <param name="http">The way to the server, with the key.</param>
/// <param name="target">Path and query.</param>
/// <param name="time">The clock.</param>
/// <param name="tell">Tells the user of a pause.</param>
public sealed class ImportClient(HttpClient http, string target, TimeProvider time, Action<string> tell)
{
    /// <summary>How often a batch is sent.</summary>
    public const int Tries = 6;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    // A thousand tickets take seconds; past this the other side is gone without a word.
    private static readonly TimeSpan LongestBatch = TimeSpan.FromMinutes(10);

    /// <summary>Sends a batch and reads what became of it.</summary>
    /// <returns>All answers, the summary last.</returns>
    /// <exception cref="CommandException">The server refuses, or did not come back.</exception>
    public async Task<IReadOnlyList<ImportAnswer>> SendAsync(IReadOnlyList<OutgoingLine> batch, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            Setback setback;
            try
            {
                var answers = await TryAsync(batch, cancellation);
                if (answers is [.., ImportSummary]) return answers;
                setback = answers is [.., ImportStopped stopped] ? new Setback(stopped.Problem.Title, null) : new Setback("the connection broke off", null);
            }
            catch (ServerBusyException busy)
            {
                setback = busy.Setback;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                setback = new Setback("the server does not answer", null);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                setback = new Setback(broken is HttpRequestException { StatusCode: null } ? "the server cannot be reached" : "the connection broke off", null);
            }
            if (attempt == Tries) throw new CommandException(ExitCode.Unavailable, $"Given up after {Tries} tries: {setback.Reason}. What came in stays; give the same command again for the rest.");
            var wait = setback.RetryAfter ?? TimeSpan.FromSeconds(1 << (attempt - 1));
            if (wait > LongestWait) wait = LongestWait;
            tell(string.Create(CultureInfo.InvariantCulture, $"{setback.Reason}; trying again in {wait.TotalSeconds:0} s"));
            await Task.Delay(wait, time, cancellation);
        }
    }

    private async Task<List<ImportAnswer>> TryAsync(IReadOnlyList<OutgoingLine> batch, CancellationToken interrupted)
    {
        using var limit = new CancellationTokenSource(LongestBatch, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupted, limit.Token);
        var cancellation = either.Token;
        using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = ContentOf(batch) };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.StatusCode != HttpStatusCode.OK) throw await RefusalOf(response, cancellation);
        var answers = new List<ImportAnswer>();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            // A line that broke off in the middle is none.
            if (!line.EndsWith('}')) break;
            answers.Add(JsonSerializer.Deserialize<ImportAnswer>(line, ApiJson.Options)!);
        }
        return answers;
    }

    private static ByteArrayContent ContentOf(IReadOnlyList<OutgoingLine> batch)
    {
        using var body = new MemoryStream();
        foreach (var line in batch)
        {
            body.Write(line.Text);
            body.WriteByte((byte)'\n');
        }
        return new ByteArrayContent(body.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue(ImportEndpoint.MediaType) } };
    }

    private static async Task<Exception> RefusalOf(HttpResponseMessage response, CancellationToken cancellation)
    {
        var reason = await Server.ReasonOf(response, cancellation);
        return response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests
            ? new ServerBusyException(new Setback(reason, response.Headers.RetryAfter?.Delta))
            : new CommandException(ExitCode.Unavailable, $"The server refuses: {reason}");
    }

    private sealed record Setback(string Reason, TimeSpan? RetryAfter);

    private sealed class ServerBusyException(Setback setback) : Exception(setback.Reason)
    {
        public Setback Setback { get; } = setback;
    }
}
