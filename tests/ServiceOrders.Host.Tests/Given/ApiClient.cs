using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace ServiceOrders.Host.Tests.Given;

/// <summary>A caller of the API over HTTP.</summary>
/// <param name="address">Where the service listens.</param>
/// <param name="key">The caller's key; null: none is shown.</param>
public sealed class ApiClient(Uri address, string? key)
{
    private static readonly HttpClient Http = new();

    public Task<ApiAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<ApiAnswer> PostAsync(string path, string? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), headers);

    public Task<ApiAnswer> PutAsync(string path, string body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, path, new StringContent(body, Encoding.UTF8, "application/json"), headers);

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, path)) { Content = content };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request);
        return new ApiAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.Tag, response.Headers.Location?.ToString(),
            response.Headers.RetryAfter?.Delta, response.Content.Headers.ContentType?.MediaType, response.Headers.WwwAuthenticate.ToString(), response.Content.Headers.Allow.ToArray());
    }
}

/// <summary>What the service answered.</summary>
public sealed record ApiAnswer(int Status, string Body, string? ETag, string? Location, TimeSpan? RetryAfter, string? MediaType, string Challenge, string[] Allow)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    /// <summary>The problem's code; null when the answer is no problem document.</summary>
    public string? Problem => MediaType == "application/problem+json" ? Text("type")["/problems/".Length..] : null;

    /// <summary>The fields that the problem names.</summary>
    public string[] Fields => Json["errors"]?.AsObject().Select(e => e.Key).ToArray() ?? [];

    public string Text(string member) => Json[member]!.GetValue<string>();

    public T Value<T>(string member) => Json[member]!.GetValue<T>();

    public JsonArray Items => Json["items"]!.AsArray();

    /// <summary>The ticket's current cycle of a milestone.</summary>
    public JsonNode Milestone(string name) => Json["milestones"]!.AsArray().Last(m => m!["name"]!.GetValue<string>() == name)!;
}
