using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>
/// A ticket's state as text, exactly: <c>Read(Write(ticket))</c> is the same ticket. Compact (what has its default is left out) and the same for the same state, so that a
/// rebuilt row equals the live one byte for byte. What has a column of its own (id, versions, the time of recording, which only the database decides)
/// is not in it.
/// </summary>
public static class TicketDocument
{
    /// <summary>The text of a state.</summary>
    public static string Write(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return JsonSerializer.Serialize(ticket with { Id = Guid.Empty, Version = 0, ActVersion = 0, UpdatedAt = default }, TicketJson.Compact.Ticket);
    }

    /// <summary>The state of a row.</summary>
    /// <param name="id">The ticket's id.</param>
    /// <param name="version">Version of its last event.</param>
    /// <param name="actVersion">Version of its last event that not the clock alone wrote.</param>
    /// <param name="updatedAt">When its last event was recorded.</param>
    /// <param name="document">The text.</param>
    public static Ticket Read(Guid id, long version, long actVersion, DateTimeOffset updatedAt, string document) =>
        JsonSerializer.Deserialize(document, TicketJson.Compact.Ticket)! with { Id = id, Version = version, ActVersion = actVersion, UpdatedAt = updatedAt };
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Ticket))]
internal sealed partial class TicketJson : JsonSerializerContext
{
    public static readonly TicketJson Compact = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        IgnoreReadOnlyProperties = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    });
}
