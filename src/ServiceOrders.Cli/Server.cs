using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli;

/// <summary>The way to the service's API.</summary>
internal static class Server
{
    /// <summary>A client that shows the key. Imports take as long as they take, so nothing is given up by time.</summary>
    public static HttpClient Client(Desk desk, Uri address, string key)
    {
        var client = new HttpClient(desk.NewHandler()) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>What an answer that is no success says, on one line.</summary>
    public static async Task<string> ReasonOf(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode}");
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json") return status;
        try
        {
            var problem = JsonSerializer.Deserialize<ProblemDocument>(await response.Content.ReadAsStringAsync(cancellation), ApiJson.Options)!;
            return $"{status} {Text(problem)}";
        }
        catch (JsonException)
        {
            return status;
        }
    }

    /// <summary>A problem on one line.</summary>
    public static string Text(ProblemDocument problem) => problem.Detail is null || problem.Detail == problem.Title ? problem.Title : $"{problem.Title}: {problem.Detail}";
}
