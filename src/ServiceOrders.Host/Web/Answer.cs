using System.Globalization;
using System.Text.Json;

namespace ServiceOrders.Host.Web;

/// <summary>An answer that is no trouble: JSON, with the resource's version as its <c>ETag</c> and its address where it is new.</summary>
/// <param name="Value">The body.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Version">The resource's version; null where it has none.</param>
/// <param name="Location">The address of what was made.</param>
public sealed record Answer(object Value, int Status = StatusCodes.Status200OK, long? Version = null, string? Location = null) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json; charset=utf-8";
        // Tickets hold personal data, and every answer depends on who asks.
        response.Headers.CacheControl = "no-store";
        if (Version is { } version) response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
        if (Location is not null) response.Headers.Location = Location;
        return JsonSerializer.SerializeAsync(response.BodyWriter, Value, Value.GetType(), ApiJson.Options, httpContext.RequestAborted);
    }
}

/// <summary>A page of a list.</summary>
/// <typeparam name="T">What it lists.</typeparam>
/// <param name="Items">The page's items, in the list's order.</param>
/// <param name="NextCursor">Pass it as <c>cursor</c> to get the next page; null: this is the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);
