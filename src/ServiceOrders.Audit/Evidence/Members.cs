using System.Text.Json;

namespace ServiceOrders.Audit.Evidence;

/// <summary>An object's members, read one after another in the order that the format gives; anything else is refused.</summary>
internal sealed class Members
{
    private JsonElement.ObjectEnumerator _members;

    /// <summary>Of an object.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public Members(JsonElement element) => _members = element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : throw new FormatException("An object is missing in the bundle.");

    public string Text(string name) => TextOrNull(name) ?? throw Wrong(name);

    public string? TextOrNull(string name) => Next(name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Null } => null,
        _ => throw Wrong(name),
    };

    public long Number(string name) => Next(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : throw Wrong(name);

    public Guid Id(string name) => IdOrNull(name) ?? throw Wrong(name);

    public Guid? IdOrNull(string name) => TextOrNull(name) is not { } text ? null : Guid.TryParseExact(text, "D", out var id) && id.ToString("D") == text ? id : throw Wrong(name);

    public DateTimeOffset Time(string name) => BundleFormat.TryTime(Text(name), out var time) ? time : throw Wrong(name);

    public byte[]? BytesOrNull(string name)
    {
        if (TextOrNull(name) is not { } text) return null;
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var written) && Convert.ToBase64String(bytes, 0, written) == text ? bytes[..written] : throw Wrong(name);
    }

    public IEnumerable<JsonElement> List(string name) => Next(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : throw Wrong(name);

    public JsonElement Object(string name) => Next(name);

    /// <summary>No member may follow.</summary>
    public void End()
    {
        if (_members.MoveNext()) throw Wrong(_members.Current.Name);
    }

    public static FormatException Wrong(string name) => new($"The member {name} is missing in the bundle, or is not what it must be.");

    private JsonElement Next(string name) => _members.MoveNext() && _members.Current.NameEquals(name) ? _members.Current.Value : throw Wrong(name);
}
