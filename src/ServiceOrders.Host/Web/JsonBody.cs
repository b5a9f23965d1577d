using System.Buffers;
using System.Text.Json;

namespace ServiceOrders.Host.Web;

/// <summary>Reads JSON bodies: the value, and the bytes as they came, for the idempotency fingerprint.</summary>
public static class JsonBody
{
    /// <summary>Reads and checks the whole body.</summary>
    /// <exception cref="ProblemException">It is no JSON, or not that of a <typeparamref name="T"/>; every field at fault is named.</exception>
    public static async Task<Body<T>> ReadAsync<T>(HttpContext http)
        where T : class
    {
        var body = await ReadAsync(http, typeof(T));
        return new Body<T>((T)body.Value, body.Raw);
    }

    /// <summary>Reads and checks the whole body.</summary>
    /// <param name="http">The request.</param>
    /// <param name="type">What it must be.</param>
    /// <exception cref="ProblemException">It is no JSON, or not that of the type; every field at fault is named.</exception>
    public static async Task<Body<object>> ReadAsync(HttpContext http, Type type)
    {
        var raw = await ReadBytesAsync(http.Request, http.RequestAborted);
        if (raw.Length > 0 && !http.Request.HasJsonContentType()) throw new ProblemException(new Problem(ProblemTypes.UnsupportedMediaType));
        return new Body<object>(Parse(raw, type), raw);
    }

    /// <summary>Reads the body's bytes. Kestrel refuses what is past the limit.</summary>
    public static async Task<byte[]> ReadBytesAsync(HttpRequest request, CancellationToken cancellation)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>A value from JSON text.</summary>
    /// <exception cref="ProblemException">As for a body.</exception>
    public static object Parse(ReadOnlyMemory<byte> json, Type type)
    {
        if (json.IsEmpty) json = "{}"u8.ToArray();
        try
        {
            return JsonSerializer.Deserialize(json.Span, type, ApiJson.Options) ?? throw new FieldFormatException("must not be null");
        }
        catch (JsonException thrown)
        {
            throw new ProblemException(Explain(json, type, thrown));
        }
        catch (InvalidOperationException)
        {
            throw new ProblemException(NotUnicode);
        }
    }

    /// <summary>A value from JSON text that is a part of another.</summary>
    /// <param name="path">Stands before the path of every field at fault.</param>
    /// <param name="json">The text.</param>
    /// <param name="type">What it must be.</param>
    /// <exception cref="ProblemException">As for a body.</exception>
    public static object ParseAt(string path, ReadOnlyMemory<byte> json, Type type)
    {
        try
        {
            return Parse(json, type);
        }
        catch (ProblemException wrong) when (path.Length > 0 && wrong.Problem.Errors is { } errors)
        {
            throw new ProblemException(Problem.With(wrong.Problem.Type, errors.SelectMany(e => e.Value.Select(text => KeyValuePair.Create(path + e.Key, text)))));
        }
    }

    // The serializer stops at the first fault, and its texts name our types; so a refused body is looked through once more, field by field.
    private static Problem Explain(ReadOnlyMemory<byte> json, Type type, JsonException thrown)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = ApiJson.MaxDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException syntax)
        {
            return new Problem(ProblemTypes.MalformedJson, WhereOf(syntax));
        }
        catch (InvalidOperationException)
        {
            return NotUnicode;
        }
        using (document)
        {
            if (HasBrokenName(document.RootElement)) return NotUnicode;
            var faults = JsonFaults.Find(document.RootElement, ApiJson.Options.GetTypeInfo(type));
            if (faults.Unknown.Count > 0) return Problem.With(ProblemTypes.UnknownField, faults.Unknown.Concat(faults.Invalid));
            if (faults.Invalid.Count > 0) return Problem.With(ProblemTypes.InvalidFields, faults.Invalid);
        }
        return new Problem(ProblemTypes.InvalidFields, thrown is FieldFormatException ? thrown.Message : "The body is not what this operation takes.");
    }

    /// <summary>What JSON text may hold, but no name can be read from: an escape of half a character.</summary>
    private static bool HasBrokenName(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(member => IsBroken(member) || HasBrokenName(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(HasBrokenName),
        _ => false,
    };

    private static bool IsBroken(JsonProperty member)
    {
        try
        {
            _ = member.Name;
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private static Problem NotUnicode { get; } = Problem.With(ProblemTypes.InvalidFields, "$", "must be valid Unicode: a name has broken characters");

    private static string WhereOf(JsonException syntax) =>
        syntax.Message.Contains("uplicate", StringComparison.Ordinal) ? "A member appears twice in the same object."
        : $"Not valid JSON at line {(syntax.LineNumber ?? 0) + 1}, byte {(syntax.BytePositionInLine ?? 0) + 1}.";
}

/// <summary>A body that was read.</summary>
/// <typeparam name="T">What it is.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="Raw">The bytes as they came.</param>
public sealed record Body<T>(T Value, byte[] Raw);

/// <summary>A body without fields: <c>{}</c>, or nothing.</summary>
public sealed record NoFields;
