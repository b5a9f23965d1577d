using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Domain.Tickets.Importing;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Importing;

/// <summary>
/// A line as it is written: the fields of <c>POST /v1/tickets</c> with <c>by</c>, and <c>acts</c>, each the fields of its own request with <c>act</c> and <c>by</c>. Times may be
/// local, without an offset; the log's clock reads them.
/// </summary>
/// <param name="Reference">The ticket's reference.</param>
/// <param name="Channel">The channel that the line names.</param>
/// <param name="History">What it tells.</param>
internal sealed record ImportLine(string Reference, string? Channel, ImportedHistory History)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = ApiJson.MaxDepth, AllowDuplicateProperties = false };
    private static readonly ConcurrentDictionary<Type, HashSet<string>> Instants = new();

    /// <summary>Reads a line.</summary>
    /// <exception cref="ProblemException">It is no JSON, or not such a line; every field at fault is named by its path.</exception>
    public static ImportLine Read(ReadOnlyMemory<byte> text, LogClock clock)
    {
        try
        {
            using var document = Parse(text);
            return Read(document.RootElement, clock);
        }
        catch (InvalidOperationException)
        {
            // What JsonElement throws for a text that is none.
            throw Wrong("$", "must be valid Unicode: it has broken characters");
        }
    }

    private static ImportLine Read(JsonElement root, LogClock clock)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Wrong("$", "must be an object");
        var reader = new Reader(clock);
        var opening = reader.Act(root, ActCatalog.Open, "", "acts");
        var open = (OpenTicket)opening.Act;
        if (string.IsNullOrWhiteSpace(open.ExternalReference)) throw Wrong("externalReference", "is required: it tells a line that is sent again from a new one");
        return new ImportLine(open.ExternalReference.Trim(), open.Channel, new ImportedHistory(opening, reader.Acts(root)));
    }

    /// <summary>The reference of a line that cannot be read as a whole, to name it by; null where not even that can be read.</summary>
    public static string? ReferenceOf(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = ApiJson.MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("externalReference", out var reference)
                && reference.ValueKind == JsonValueKind.String && reference.GetString() is { Length: <= Limits.Name } name ? name : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> text)
    {
        try
        {
            return JsonDocument.Parse(text, Strict);
        }
        catch (JsonException syntax)
        {
            throw new ProblemException(new Problem(ProblemTypes.MalformedJson, $"Not valid JSON at byte {(syntax.BytePositionInLine ?? 0) + 1} of the line."));
        }
    }

    private static ProblemException Wrong(string field, string message) => new(Problem.With(ProblemTypes.InvalidFields, field, message));

    /// <summary>Reads one line's acts in order, each time no earlier than the one before where that is in doubt.</summary>
    private sealed class Reader(LogClock clock)
    {
        private DateTimeOffset? _last;

        public List<PastAct> Acts(JsonElement root)
        {
            var acts = new List<PastAct>();
            if (!root.TryGetProperty("acts", out var told) || told.ValueKind == JsonValueKind.Null) return acts;
            if (told.ValueKind != JsonValueKind.Array) throw Wrong("acts", "must be an array");
            if (told.GetArrayLength() > TicketImport.MostActs) throw Wrong("acts", $"must be at most {TicketImport.MostActs}");
            foreach (var act in told.EnumerateArray())
            {
                var path = $"acts[{acts.Count}]";
                if (act.ValueKind != JsonValueKind.Object) throw Wrong(path, "must be an object");
                var name = Text(act, "act", path) ?? throw Wrong($"{path}.act", "is required");
                var entry = ActCatalog.Find(name) ?? throw Wrong($"{path}.act", "must be one of " + string.Join(", ", ActCatalog.All.Select(a => a.Name)));
                acts.Add(Act(act, entry, path + ".", "act"));
            }
            return acts;
        }

        /// <summary>An act or the opening: what is left of it without its <paramref name="own"/> member and <c>by</c> is its message.</summary>
        public PastAct Act(JsonElement told, ActEntry entry, string path, string own)
        {
            var by = Text(told, "by", path.TrimEnd('.'));
            // Stored plain where it is one of the staff's: it must not pass for a sealed one.
            if (by?.TrimStart().StartsWith(SubjectKey.Prefix, StringComparison.Ordinal) == true) throw Wrong(path + "by", $"must not begin with {SubjectKey.Prefix}, as sealed texts do");
            var at = told.TryGetProperty("occurredAt", out var occurred) && occurred.ValueKind == JsonValueKind.String ? Instant(occurred, _last, path + "occurredAt") : (DateTimeOffset?)null;
            if (_last is null || at > _last) _last = at;
            var instants = Instants.GetOrAdd(entry.Message, InstantsOf);
            var message = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(message))
            {
                writer.WriteStartObject();
                foreach (var member in told.EnumerateObject().Where(m => m.Name != own && m.Name != "by"))
                {
                    if (member.Value.ValueKind != JsonValueKind.String || !instants.Contains(member.Name)) member.WriteTo(writer);
                    else writer.WriteString(member.Name, InstantConverter.Format(member.Name == "occurredAt" ? at!.Value : Instant(member.Value, at, path + member.Name)));
                }
                writer.WriteEndObject();
            }
            return new PastAct(entry, (TicketAct)JsonBody.ParseAt(path, message.WrittenMemory, entry.Message), by);
        }

        private DateTimeOffset Instant(JsonElement text, DateTimeOffset? after, string path) =>
            InstantConverter.TryParse(text.GetString()!, out var instant) ? instant : clock.Read(text.GetString()!, after) ?? throw Wrong(path, LogClock.Shape);

        private static string? Text(JsonElement told, string name, string path)
        {
            if (!told.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(path.Length == 0 ? name : $"{path}.{name}", "must be a text");
        }
    }

    /// <summary>The members of a message that are instants.</summary>
    private static HashSet<string> InstantsOf(Type message) => ApiJson.Options.GetTypeInfo(message).Properties
        .Where(p => p.PropertyType == typeof(DateTimeOffset) || p.PropertyType == typeof(DateTimeOffset?)).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
}
