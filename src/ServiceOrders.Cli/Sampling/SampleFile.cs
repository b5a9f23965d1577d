using System.Text.Json;
using ServiceOrders.Audit.Sampling;

namespace ServiceOrders.Cli.Sampling;

/// <summary>A sample as an export tells it.</summary>
/// <param name="Month">Its month.</param>
/// <param name="FixedAt">When its seed was fixed; null: that event is not in the file.</param>
/// <param name="FixedPosition">The position of that event.</param>
/// <param name="DrawnPosition">The position of the draw.</param>
/// <param name="Told">What there is to draw again.</param>
internal sealed record ExportedSample(string Month, DateTimeOffset? FixedAt, long? FixedPosition, long DrawnPosition, ToldSample Told);

/// <summary>
/// Reads the samples out of an export of events (<c>GET /v1/audit/export?type=sample_seed_fixed,sample_population_listed,sample_drawn</c>): JSON values, one on a line. Events of other kinds are passed over.
/// </summary>
internal static class SampleFile
{
    /// <summary>The samples that were drawn, in the order of the file, and whether the export is whole.</summary>
    /// <exception cref="InvalidDataException">A line is no event.</exception>
    public static async Task<(IReadOnlyList<ExportedSample> Samples, bool IsWhole)> ReadAsync(Stream file, CancellationToken cancellation)
    {
        var (samples, open, whole) = (new List<ExportedSample>(), new Dictionary<string, Open>(StringComparer.Ordinal), false);
        using var reader = new StreamReader(file);
        for (var number = 1; await reader.ReadLineAsync(cancellation) is { } line; number++)
        {
            if (line.Length == 0) continue;
            try
            {
                using var parsed = JsonDocument.Parse(line);
                if (parsed.RootElement.TryGetProperty("end", out _)) whole = true;
                else Take(parsed.RootElement, open, samples);
            }
            catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new InvalidDataException($"Line {number} is no event of an export.");
            }
        }
        return (samples, whole);
    }

    private static void Take(JsonElement told, Dictionary<string, Open> open, List<ExportedSample> samples)
    {
        var type = told.GetProperty("type").GetString();
        if (type is not ("sample_seed_fixed" or "sample_population_listed" or "sample_drawn")) return;
        var (stream, data) = (told.GetProperty("streamId").GetString()!, told.GetProperty("data"));
        if (!open.TryGetValue(stream, out var sample)) open.Add(stream, sample = new Open());
        switch (type)
        {
            case "sample_seed_fixed":
                (sample.Commitment, sample.FixedAt, sample.FixedPosition) = (data.GetProperty("commitment").GetString(), told.GetProperty("recordedAt").GetDateTimeOffset(), told.GetProperty("position").GetInt64());
                break;
            case "sample_population_listed":
                sample.Population.AddRange(Guids(data.GetProperty("tickets")));
                break;
            default:
                samples.Add(new ExportedSample(data.GetProperty("month").GetString()!, sample.FixedAt, sample.FixedPosition, told.GetProperty("position").GetInt64(),
                    new ToldSample(sample.Commitment, data.GetProperty("seed").GetString()!, data.GetProperty("closed").GetInt32(), sample.Population, [.. Guids(data.GetProperty("drawn"))])));
                break;
        }
    }

    private static IEnumerable<Guid> Guids(JsonElement list) => list.EnumerateArray().Select(e => e.GetGuid());

    private sealed class Open
    {
        public string? Commitment { get; set; }
        public DateTimeOffset? FixedAt { get; set; }
        public long? FixedPosition { get; set; }
        public List<Guid> Population { get; } = [];
    }
}
