using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ServiceOrders.Testing.Service;

/// <summary>What a caller of the API does, with one key: the shapes are those of the API's contract, nothing of the service's own code is used.</summary>
public sealed class ServiceApi : IDisposable
{
    /// <summary>How long before it binds a policy is published: at least five seconds, so that every node knows it.</summary>
    private static readonly TimeSpan PolicyNotice = TimeSpan.FromSeconds(7);

    private readonly HttpClient _client;

    /// <summary>A caller.</summary>
    /// <param name="address">The service.</param>
    /// <param name="key">The caller's key.</param>
    public ServiceApi(Uri address, string key)
    {
        _client = new HttpClient { BaseAddress = address };
        _client.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    /// <summary>Posts a body and demands success.</summary>
    /// <returns>The answer's body.</returns>
    /// <exception cref="HttpRequestException">The answer was no success; the message has the problem document.</exception>
    public async Task<JsonNode> PostAsync(string path, JsonNode body, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        using var answer = await SendAsync(path, body, idempotencyKey, cancellation);
        return await BodyOf(answer, cancellation);
    }

    /// <summary>Puts a body and demands success.</summary>
    public async Task<JsonNode> PutAsync(string path, JsonNode body, CancellationToken cancellation = default)
    {
        using var content = JsonContent.Create(body);
        using var answer = await _client.PutAsync(new Uri(path, UriKind.Relative), content, cancellation);
        return await BodyOf(answer, cancellation);
    }

    /// <summary>Posts a body, whatever the answer.</summary>
    public async Task<HttpResponseMessage> SendAsync(string path, JsonNode body, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = JsonContent.Create(body) };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await _client.SendAsync(request, cancellation);
    }

    /// <summary>Gets a resource and demands success.</summary>
    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellation = default)
    {
        using var answer = await _client.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        return await BodyOf(answer, cancellation);
    }

    /// <summary>Registers a channel.</summary>
    /// <returns>Its key.</returns>
    public async Task<string> RegisterChannelAsync(string name, string medium, CancellationToken cancellation = default)
    {
        var channel = await PostAsync("/v1/channels", new JsonObject { ["name"] = name, ["medium"] = medium }, null, cancellation);
        return channel["apiKey"]!.GetValue<string>();
    }

    /// <summary>Registers a member of staff.</summary>
    /// <returns>Their key.</returns>
    public async Task<string> RegisterStaffAsync(string name, string role, CancellationToken cancellation = default)
    {
        var answer = await PostAsync("/v1/staff", new JsonObject { ["name"] = name, ["role"] = role }, cancellation: cancellation);
        return answer["apiKey"]!.GetValue<string>();
    }

    /// <summary>
    /// Publishes a policy for the tickets of one channel: milestones on clock time, from the opening on, each met by <c>acknowledged</c>; a breach escalates to level 1.
    /// </summary>
    /// <param name="channel">The channel; the policy has its name.</param>
    /// <param name="targets">Milestones with their targets, ISO 8601.</param>
    /// <param name="warnAt">Percentages at which to warn.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>From when it binds tickets.</returns>
    public async Task<DateTimeOffset> PublishPolicyAsync(
        string channel, IReadOnlyList<(string Milestone, string Target)> targets, int[] warnAt, CancellationToken cancellation = default)
    {
        var milestones = targets.Select(t => $$"""
            { "name": "{{t.Milestone}}", "calendar": "always", "target": { "elapsed": "{{t.Target}}" }, "startsOn": ["opened"], "metBy": ["acknowledged"],
              "cancelledBy": ["cancelled", "closed"], "warnAt": [{{string.Join(", ", warnAt)}}], "onBreach": [ { "escalate": 1 } ] }
            """);
        await PostAsync("/v1/policies", JsonNode.Parse($$"""
            { "name": "{{channel}}", "priority": 1000, "appliesTo": { "channel": ["{{channel}}"] }, "milestones": [ {{string.Join(", ", milestones)}} ] }
            """)!, null, cancellation);
        var from = DateTimeOffset.UtcNow + PolicyNotice;
        await PostAsync($"/v1/policies/{channel}/publish", new JsonObject { ["effectiveFrom"] = from, ["applyToRunning"] = false }, null, cancellation);
        return from;
    }

    /// <summary>Imports lines (NDJSON) by one request.</summary>
    /// <returns>The last line of the answer: a summary, or why the import stopped.</returns>
    public async Task<JsonNode> ImportAsync(string query, byte[] lines, CancellationToken cancellation = default)
    {
        using var content = new ByteArrayContent(lines);
        content.Headers.ContentType = new("application/x-ndjson");
        using var answer = await _client.PostAsync(new Uri($"/v1/imports?{query}", UriKind.Relative), content, cancellation);
        if (answer.StatusCode != HttpStatusCode.OK) throw await FailureAsync(answer, cancellation);
        var told = await answer.Content.ReadAsStringAsync(cancellation);
        return JsonNode.Parse(told.TrimEnd('\n').Split('\n')[^1])!;
    }

    /// <summary>Simulates real tickets (NDJSON), reading the lines as they come.</summary>
    /// <returns>The last line of the answer, a summary or why it stopped, and how many characters were told.</returns>
    public async Task<(JsonNode Last, long Told)> SimulateAsync(JsonNode body, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/simulations", UriKind.Relative)) { Content = JsonContent.Create(body) };
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (answer.StatusCode != HttpStatusCode.OK) throw await FailureAsync(answer, cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        var (last, told) = ("", 0L);
        while (await reader.ReadLineAsync(cancellation) is { } line) (last, told) = (line, told + line.Length + 1);
        return (JsonNode.Parse(last)!, told);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static async Task<JsonNode> BodyOf(HttpResponseMessage answer, CancellationToken cancellation) => answer.IsSuccessStatusCode
        ? (await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellation), cancellationToken: cancellation))!
        : throw await FailureAsync(answer, cancellation);

    private static async Task<HttpRequestException> FailureAsync(HttpResponseMessage answer, CancellationToken cancellation) =>
        new($"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.PathAndQuery} was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellation)}");
}
