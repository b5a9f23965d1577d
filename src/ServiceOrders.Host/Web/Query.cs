using System.Globalization;

namespace ServiceOrders.Host.Web;

/// <summary>A query parameter that an operation takes: read by <see cref="Query"/>, refused when not declared, described in the OpenAPI document.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type: <c>string</c>, <c>int</c>, <c>bool</c>, <c>DateTimeOffset</c>, <c>DateOnly</c>, <c>long</c>, <c>Guid</c> or an enumeration.</param>
/// <param name="Description">What it means, its unit, range and default.</param>
/// <param name="Many">Whether it takes several values, separated by commas or by repeating it.</param>
public sealed record QueryParameter(string Name, Type Type, string Description, bool Many = false)
{
    /// <summary>How many items a page holds.</summary>
    public static readonly QueryParameter Limit = new("limit", typeof(int), "How many items at most, 1 to 500; 50 when left out.");
    /// <summary>Where the page starts.</summary>
    public static readonly QueryParameter Cursor = new("cursor", typeof(string), "The nextCursor of the page before; left out: the first page.");
}

/// <summary>The query of a request, read strictly.</summary>
/// <param name="values">The query.</param>
public sealed class Query(IQueryCollection values)
{
    private const int MostValues = 50;

    /// <summary>The query of a request.</summary>
    public static Query Of(HttpContext http) => new(http.Request.Query);

    /// <summary>A text; null when left out.</summary>
    public string? Text(string name, int mostCharacters = 200)
    {
        var value = Single(name);
        return value is null || (value.Length <= mostCharacters && value.Length > 0 && !value.Contains('\0', StringComparison.Ordinal)) ? value
            : throw Wrong(name, $"must have 1 to {mostCharacters} characters");
    }

    /// <summary>A whole number within bounds; null when left out.</summary>
    public long? Number(string name, long least, long most)
    {
        var value = Single(name);
        if (value is null) return null;
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
            : throw Wrong(name, $"must be a whole number from {least} to {most}");
    }

    /// <summary>The page size, where items are small.</summary>
    public int Limit() => Limit(500, 50);

    /// <summary>The page size.</summary>
    /// <param name="most">The largest that may be asked for.</param>
    /// <param name="usual">What it is when left out.</param>
    public int Limit(int most, int usual) => (int)(Number("limit", 1, most) ?? usual);

    /// <summary>True or false; null when left out.</summary>
    public bool? Flag(string name) => Single(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        _ => throw Wrong(name, "must be true or false"),
    };

    /// <summary>An instant; null when left out.</summary>
    public DateTimeOffset? Instant(string name)
    {
        // A plus sign that the caller did not encode arrives as a space.
        var value = Single(name)?.Replace(' ', '+');
        if (value is null) return null;
        return InstantConverter.TryParse(value, out var instant) ? instant : throw Wrong(name, InstantConverter.Shape);
    }

    /// <summary>A date; null when left out.</summary>
    public DateOnly? Date(string name)
    {
        var value = Single(name);
        if (value is null) return null;
        return DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : throw Wrong(name, "must be a date like 2026-11-22");
    }

    /// <summary>An id; null when left out.</summary>
    public Guid? Id(string name)
    {
        var value = Single(name);
        if (value is null) return null;
        return Guid.TryParseExact(value, "D", out var id) ? id : throw Wrong(name, "must be a UUID");
    }

    /// <summary>One name of an enumeration; null when left out.</summary>
    public T? One<T>(string name)
        where T : struct, Enum
    {
        var value = Single(name);
        if (value is null) return null;
        return EnumNames.TryParse<T>(value, out var member) ? member : throw Wrong(name, EnumNames.Shape<T>());
    }

    /// <summary>Names of an enumeration; empty when left out.</summary>
    public IReadOnlyList<T> Many<T>(string name)
        where T : struct, Enum =>
        Texts(name).Select(value => EnumNames.TryParse<T>(value, out var member) ? member : throw Wrong(name, EnumNames.Shape<T>())).Distinct().ToArray();

    /// <summary>Texts, separated by commas or by repeating the parameter; empty when left out.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (!values.TryGetValue(name, out var given)) return [];
        var texts = given.SelectMany(v => (v ?? "").Split(',')).ToArray();
        if (texts.Length > MostValues || texts.Any(t => t.Length is 0 or > 200 || t.Contains('\0', StringComparison.Ordinal)))
            throw Wrong(name, $"must be at most {MostValues} values of 1 to 200 characters, separated by commas");
        return texts;
    }

    /// <summary>Refuses parameters that the operation does not take, by name.</summary>
    public static Problem? Unknown(IQueryCollection given, IReadOnlyList<QueryParameter> known)
    {
        if (given.Count == 0) return null;
        var unknown = given.Keys.Where(name => !known.Any(k => k.Name == name)).Select(name => KeyValuePair.Create(name, "unknown-parameter")).ToArray();
        return unknown.Length == 0 ? null : Problem.With(ProblemTypes.UnknownParameter, unknown);
    }

    private string? Single(string name)
    {
        if (!values.TryGetValue(name, out var given)) return null;
        return given.Count == 1 ? given[0] : throw Wrong(name, "must be given once");
    }

    private static ProblemException Wrong(string name, string message) => new(Problem.With(ProblemTypes.InvalidParameter, name, message));
}
