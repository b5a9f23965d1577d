using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using ServiceOrders.Testing.Service;

namespace ServiceOrders.Crash.Tests;

/// <summary>
/// A load of customers and staff who never give up: each opens a ticket, does a few acts to it, and begins anew. What is not acknowledged is sent again with the same key, at the next
/// node where there are several, until it is. Everything acknowledged is kept, to be looked for afterwards.
/// </summary>
internal sealed class Customers : IAsyncDisposable
{
    private const int Callers = 12;
    private static readonly TimeSpan PerTry = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromMilliseconds(25), Patience = TimeSpan.FromMinutes(2);

    private readonly Site _site;
    private readonly string _name;
    private readonly ServiceApi[] _channel, _staff;
    private readonly Task _running;
    private volatile bool _enough;
    private int _acknowledged, _repeats;

    public Customers(Site site, string name)
    {
        (_site, _name) = (site, name);
        _channel = [.. site.Nodes.Select((_, i) => site.ChannelAt(i))];
        _staff = [.. site.Nodes.Select((_, i) => site.Administrator(i))];
        _running = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => ComeAsync(caller))));
    }

    /// <summary>Every acknowledged opening, with what was acknowledged of its acts.</summary>
    public ConcurrentQueue<OpenedTicket> Tickets { get; } = new();

    /// <summary>Requests acknowledged so far.</summary>
    public int Acknowledged => _acknowledged;

    /// <summary>Requests that were sent more than once.</summary>
    public int Repeats => _repeats;

    /// <summary>Waits until so many more requests were acknowledged.</summary>
    public async Task UntilAcknowledgedAsync(int more)
    {
        var wanted = _acknowledged + more;
        await Site.UntilAsync($"that {more} more requests are acknowledged", () => _running.IsFaulted ? throw _running.Exception!.InnerException! : Task.FromResult(_acknowledged >= wanted));
    }

    /// <summary>Lets each finish what it has begun.</summary>
    public async Task FinishAsync()
    {
        _enough = true;
        await _running;
    }

    /// <summary>Sends an opening once more, as it was.</summary>
    public Task<HttpResponseMessage> RepeatAsync(OpenedTicket ticket) => _channel[0].SendAsync("/v1/tickets", Opening(ticket.Reference), $"key-{ticket.Reference}");

    public async ValueTask DisposeAsync()
    {
        _enough = true;
        try { await _running.WaitAsync(PerTry); } catch (TimeoutException) { /* the test has failed already; its callers are left behind */ }
        foreach (var api in _channel.Concat(_staff)) api.Dispose();
    }

    private async Task ComeAsync(int caller)
    {
        for (var i = 0; !_enough; i++)
        {
            var reference = $"{_name}-{caller}-{i}";
            var opened = await InsistAsync(_channel, "/v1/tickets", Opening(reference), $"key-{reference}");
            var ticket = new OpenedTicket(reference, opened["id"]!.GetValue<Guid>(), opened["number"]!.GetValue<string>());
            Tickets.Enqueue(ticket);
            await ActAsync(_channel, ticket, "message", new JsonObject { ["text"] = "Still broken." });
            ticket.Messages++;
            for (; ticket.Notes < i % 3; ticket.Notes++) await ActAsync(_staff, ticket, "note", new JsonObject { ["text"] = $"Note {ticket.Notes}." }, ticket.Notes);
            if (i % 4 != 0) continue;
            await ActAsync(_staff, ticket, "acknowledge", new JsonObject());
            ticket.Acknowledged = true;
        }
    }

    private Task<JsonNode> ActAsync(ServiceApi[] nodes, OpenedTicket ticket, string act, JsonObject body, int number = 0) =>
        InsistAsync(nodes, $"/v1/tickets/{ticket.Id}/{act}", body, $"key-{ticket.Reference}-{act}-{number}");

    /// <summary>Sends a request until it is acknowledged.</summary>
    /// <exception cref="InvalidOperationException">It was refused, which nothing in these stories calls for.</exception>
    /// <exception cref="TimeoutException">Nobody acknowledged it.</exception>
    private async Task<JsonNode> InsistAsync(ServiceApi[] nodes, string path, JsonObject body, string key)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var pause = new PeriodicTimer(Pause);
        var last = "nothing";
        for (var attempt = Interlocked.Increment(ref _turn); TimeProvider.System.GetElapsedTime(started) < Patience; attempt++)
        {
            try
            {
                using var limit = new CancellationTokenSource(PerTry);
                using var answer = await nodes[attempt % nodes.Length].SendAsync(path, body, key, limit.Token);
                var text = await answer.Content.ReadAsStringAsync(limit.Token);
                if (answer.IsSuccessStatusCode)
                {
                    Interlocked.Increment(ref _acknowledged);
                    return JsonNode.Parse(text)!;
                }
                last = $"{(int)answer.StatusCode} {text}";
                if (!MayBeRepeated(answer.StatusCode, text)) throw new InvalidOperationException($"POST {path} was answered {last}");
            }
            // (A connection that breaks while it is made can come as the bare SocketException.)
            catch (Exception broken) when (broken is HttpRequestException or OperationCanceledException or IOException or System.Net.Sockets.SocketException)
            {
                last = broken.Message;
            }
            Interlocked.Increment(ref _repeats);
            await pause.WaitForNextTickAsync();
        }
        throw new TimeoutException($"POST {path} was not acknowledged in {Patience}; the last answer was {last}");
    }

    private int _turn;

    /// <summary>The answers that tell a caller to try again with the same key.</summary>
    private static bool MayBeRepeated(HttpStatusCode status, string problem) => status switch
    {
        HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout => true,
        HttpStatusCode.Conflict => problem.Contains("idempotency-in-progress", StringComparison.Ordinal) || problem.Contains("/conflict", StringComparison.Ordinal),
        _ => false,
    };

    private static JsonObject Opening(string reference) => new()
    {
        ["externalReference"] = reference, ["kind"] = "repair", ["description"] = "It does not start.",
        ["product"] = new JsonObject { ["model"] = "X200", ["serialNumber"] = "X200-1" }, ["contact"] = new JsonObject { ["name"] = "Ann", ["phone"] = "+86 138 0000 0000" },
    };
}

/// <summary>An acknowledged ticket.</summary>
/// <param name="Reference">Its external reference.</param>
/// <param name="Id">Its id, as the service answered.</param>
/// <param name="Number">Its number.</param>
internal sealed record OpenedTicket(string Reference, Guid Id, string Number)
{
    /// <summary>Messages acknowledged.</summary>
    public int Messages { get; set; }
    /// <summary>Notes acknowledged.</summary>
    public int Notes { get; set; }
    /// <summary>Whether its acknowledging was acknowledged.</summary>
    public bool Acknowledged { get; set; }
}
