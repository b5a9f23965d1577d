using System.Text.Json;
using ServiceOrders.Domain.Calendars;

namespace ServiceOrders.Domain.Shipped;

/// <summary>The calendars, policies and classification rules that come with the service, each a file in the API's own form.</summary>
public static class ShippedData
{
    /// <summary><c>cn-office</c>: Monday to Friday 9 to 12 and 13 to 18, with the official Chinese holidays and make-up working days (调休) of 2024 to 2026 (row D2).</summary>
    public static CalendarDefinition ChineseOffice => Read<CalendarDefinition>("cn-office.json");

    private static T Read<T>(string file)
    {
        using var stream = typeof(ShippedData).Assembly.GetManifestResourceStream($"ServiceOrders.Domain.Shipped.{file}")
            ?? throw new InvalidOperationException($"The assembly lacks {file}.");
        return JsonSerializer.Deserialize<T>(stream, DefinitionJson.Strict)!;
    }
}
