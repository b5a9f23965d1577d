using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServiceOrders.Benchmarks;

/// <summary>A figure.</summary>
/// <param name="Name">What, in the JSON line.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">Of what.</param>
internal sealed record Figure([property: JsonPropertyName("figure")] string Name, double Value, string Unit)
{
    /// <summary>Callers at once.</summary>
    public int? Callers { get; init; }
    /// <summary>Tickets in the store when the measuring began.</summary>
    public long Tickets { get; init; }
    /// <summary>The same of the yardstick, in the same unit.</summary>
    public double? Yardstick { get; init; }
    /// <summary>The service by the yardstick; the median of the rounds' own ratios.</summary>
    public double? Ratio { get; init; }
    /// <summary>What is aimed at: of the ratio where there is one, else of the value.</summary>
    public double? Aim { get; init; }
    /// <summary>Whether less is better.</summary>
    [JsonIgnore] public bool LessIsBetter { get; init; }
    /// <summary>Whether the aim was reached; null where there is none.</summary>
    public bool? Reached => Aim is { } aim ? LessIsBetter == ((Ratio ?? Value) < aim) || (Ratio ?? Value) == aim : null;
}

/// <summary>Tells the figures as they come, and at the end as a table and one JSON line each.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<Figure> _figures = [];

    /// <summary>Takes a figure.</summary>
    public void Add(Figure figure)
    {
        _figures.Add(figure with { Value = Rounded(figure.Value), Yardstick = figure.Yardstick is { } y ? Rounded(y) : null, Ratio = figure.Ratio is { } r ? Rounded(r) : null });
        Say("  " + Row(_figures[^1]));
    }

    /// <summary>Tells how it goes, beside the figures.</summary>
    public static void Say(string line) => Console.Error.WriteLine(line);

    /// <summary>Prints the table, then the JSON lines.</summary>
    public void Print(string machine, string? jsonFile)
    {
        Console.WriteLine(machine);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"figure",-26}{"tickets",9}{"callers",9}{"value",12} {"unit",-9}{"yardstick",11}{"ratio",8}{"aim",9}"));
        foreach (var figure in _figures) Console.WriteLine(Row(figure));
        var lines = _figures.Select(f => JsonSerializer.Serialize(f, Json)).ToList();
        lines.ForEach(Console.WriteLine);
        if (jsonFile is not null) File.WriteAllLines(jsonFile, lines);
    }

    private static string Row(Figure f) => string.Create(CultureInfo.InvariantCulture,
        $"{f.Name,-26}{f.Tickets,9}{f.Callers,9}{f.Value,12:0.##} {f.Unit,-9}{f.Yardstick,11:0.##}{f.Ratio,8:0.00}{f.Aim,9:0.##}{(f.Reached is { } reached ? reached ? "  reached" : "  MISSED" : "")}");

    private static double Rounded(double value) => Math.Abs(value) >= 1000 ? Math.Round(value) : Math.Round(value, 3);
}
