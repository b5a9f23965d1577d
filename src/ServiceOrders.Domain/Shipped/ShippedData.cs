using System.Text.Json;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Retention;

namespace ServiceOrders.Domain.Shipped;

/// <summary>The calendars, policies, classification and retention rules that come with the service, each a file in the API's own form. The README beside them gives the reasons.</summary>
public static class ShippedData
{
    /// <summary><c>cn-office</c>: Monday to Friday 9 to 12 and 13 to 18, with the official Chinese holidays and make-up working days (调休) of 2024 to 2026 (row D2).</summary>
    public static CalendarDefinition ChineseOffice => Read<CalendarDefinition>("cn-office.json");

    /// <summary><c>standard</c>: the deadlines of document 001, for every ticket that no other policy claims.</summary>
    public static Policy StandardPolicy => Read<Policy>("standard.json");

    /// <summary><c>order-desk</c>: the deadlines of document 003. For a firm to publish in place of <c>standard</c>, or beside it.</summary>
    public static Policy OrderDeskPolicy => Read<Policy>("order-desk.json");

    /// <summary><c>field-service</c>: the deadlines of documents 000 and 004, with visits. For a firm to publish in place of <c>standard</c>, or beside it.</summary>
    public static Policy FieldServicePolicy => Read<Policy>("field-service.json");

    /// <summary>Keywords, Chinese and English, for kind, urgency and complexity (rows I5 to I7).</summary>
    public static ClassificationRules Classification => Read<ClassificationRules>("classification-rules.json");

    /// <summary>Everything is archived three years after closing, and nothing deleted (row A3).</summary>
    public static RetentionRules Retention => Read<RetentionRules>("retention-rules.json");

    private static T Read<T>(string file)
    {
        using var stream = typeof(ShippedData).Assembly.GetManifestResourceStream($"ServiceOrders.Domain.Shipped.{file}")
            ?? throw new InvalidOperationException($"The assembly lacks {file}.");
        return JsonSerializer.Deserialize<T>(stream, DefinitionJson.Strict)!;
    }
}
