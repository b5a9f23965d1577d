using System.Text.Json;
using ServiceOrders.Audit.Sampling;
using ServiceOrders.Domain.Auditing;

namespace ServiceOrders.Cli.Sampling;

/// <summary>A sample as an export tells it.</summary>
/// <param name="Month">Its month.</param>
/// <param name="FixedPosition">The position at which its seed was fixed; null: that event is not in the file.</param>
/// <param name="DrawnPosition">The position of the draw.</param>
/// <param name="UpTo">Up to which position it looked for closings.</param>
/// <param name="TimeZone">Where its month begins and ends; null: not in the file.</param>
/// <param name="Told">What there is to draw again.</param>
internal sealed record ExportedSample(string Month, long? FixedPosition, long DrawnPosition, long UpTo, string? TimeZone, ToldSample Told);

/// <summary>What a file tells of samples.</summary>
/// <param name="Samples">Those that were drawn, in the order of the file.</param>
/// <param name="Lapses">What is wrong with the months as a whole, a sentence each.</param>
/// <param name="IsWhole">Whether the export came to its end.</param>
internal sealed record ExportedSamples(IReadOnlyList<ExportedSample> Samples, IReadOnlyList<string> Lapses, bool IsWhole);

/// <summary>
/// Reads the samples out of an export of events (<c>GET /v1/audit/export?type=sample_seed_fixed,sample_population_listed,sample_drawn,ticket_closed,records_deleted</c>): JSON values, one on a line.
/// Events of other kinds are passed over. With the closings in the file, each month's tickets are compared with them; with the records of deletions, closings are excused that went with their tickets.
/// </summary>
internal static class SampleFile
{
    /// <summary>The samples of a file.</summary>
    /// <exception cref="InvalidDataException">A line is no event.</exception>
    public static async Task<ExportedSamples> ReadAsync(Stream file, CancellationToken cancellation)
    {
        var (seen, whole) = (new Seen(), false);
        using var reader = new StreamReader(file);
        for (var number = 1; await reader.ReadLineAsync(cancellation) is { } line; number++)
        {
            if (line.Length == 0) continue;
            try
            {
                using var parsed = JsonDocument.Parse(line);
                if (parsed.RootElement.TryGetProperty("end", out _)) whole = true;
                else seen.Take(parsed.RootElement);
            }
            catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new InvalidDataException($"Line {number} is no event of an export.");
            }
        }
        return new ExportedSamples([.. seen.Samples.Select(seen.Finished)], seen.Lapses(), whole);
    }

    /// <summary>A closing of a ticket.</summary>
    private sealed record Closing(Guid Ticket, DateTimeOffset RecordedAt, long Position);

    /// <summary>A stream of a sample, as far as it was read. Of several seeds that were fixed the first counts.</summary>
    private sealed class Open
    {
        public (string? Commitment, DateTimeOffset At, long Position, string? TimeZone, bool IsFirstMonth)? Fixed { get; set; }
        public List<Guid> Population { get; } = [];
    }

    /// <summary>What the file has told so far.</summary>
    private sealed class Seen
    {
        private readonly Dictionary<string, Open> _open = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> _fixings = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _zones = new(StringComparer.Ordinal);
        private readonly Dictionary<Guid, long> _deleted = [];
        private readonly List<Closing> _closings = [];
        private bool _hasClosings;

        public List<ExportedSample> Samples { get; } = [];

        public void Take(JsonElement told)
        {
            var type = told.GetProperty("type").GetString();
            if (type == "ticket_closed") TakeClosing(told);
            if (type == "records_deleted")
                foreach (var gone in told.GetProperty("data").GetProperty("streams").EnumerateArray()) _deleted.TryAdd(gone.GetProperty("streamId").GetGuid(), told.GetProperty("position").GetInt64());
            if (type is not ("sample_seed_fixed" or "sample_population_listed" or "sample_drawn")) return;
            var (stream, data) = (told.GetProperty("streamId").GetString()!, told.GetProperty("data"));
            if (!_open.TryGetValue(stream, out var sample)) _open.Add(stream, sample = new Open());
            switch (type)
            {
                case "sample_seed_fixed":
                    var month = data.GetProperty("month").GetString()!;
                    _fixings[month] = _fixings.GetValueOrDefault(month) + 1;
                    sample.Fixed ??= (data.GetProperty("commitment").GetString(), told.GetProperty("recordedAt").GetDateTimeOffset(), told.GetProperty("position").GetInt64(),
                        data.TryGetProperty("timeZone", out var zone) ? zone.GetString() : null, data.TryGetProperty("isFirstMonth", out var first) && first.GetBoolean());
                    if (sample.Fixed.Value.TimeZone is { } named && SampleMonth.IsZone(named)) _zones.TryAdd(month, named);
                    break;
                case "sample_population_listed":
                    sample.Population.AddRange(Guids(data.GetProperty("tickets")));
                    break;
                default:
                    Samples.Add(new ExportedSample(data.GetProperty("month").GetString()!, sample.Fixed?.Position, told.GetProperty("position").GetInt64(), data.GetProperty("upTo").GetInt64(), sample.Fixed?.TimeZone,
                        new ToldSample(sample.Fixed?.Commitment, data.GetProperty("seed").GetString()!, data.GetProperty("closed").GetInt32(), [.. sample.Population], [.. Guids(data.GetProperty("drawn"))])
                        {
                            FixedAt = sample.Fixed?.At, IsFirstMonth = sample.Fixed?.IsFirstMonth ?? false,
                        }));
                    break;
            }
        }

        /// <summary>The sample with what only the whole file tells: other seeds, other months, closings.</summary>
        public ExportedSample Finished(ExportedSample sample)
        {
            var told = sample.Told with
            {
                Fixings = _fixings.GetValueOrDefault(sample.Month), IsFirstMonth = sample.Told.IsFirstMonth && !_fixings.Keys.Any(month => string.CompareOrdinal(month, sample.Month) < 0),
            };
            if (SampleMonth.Parse(sample.Month) is { } month && _zones.TryGetValue(sample.Month, out var zone))
            {
                var from = month.StartsAt(zone, _zones.GetValueOrDefault(month.Previous.ToString()));
                told = Compared(told with { StartsAt = from }, from, month.Next.StartsAt(zone), sample.UpTo, Samples.Find(s => s.Month == month.Previous.ToString())?.UpTo);
            }
            return sample with { Told = told };
        }

        /// <summary>Months that are missing among the others, or that were passed over.</summary>
        public List<string> Lapses()
        {
            var drawn = Samples.Select(s => s.Month).ToHashSet(StringComparer.Ordinal);
            var known = _fixings.Keys.Concat(drawn).ToHashSet(StringComparer.Ordinal);
            var (first, last) = (known.Min(StringComparer.Ordinal), known.Max(StringComparer.Ordinal));
            List<string> lapses = [.. known.Except(drawn).Order(StringComparer.Ordinal).Where(month => drawn.Any(later => string.CompareOrdinal(later, month) > 0))
                .Select(month => $"{month}: its seed was fixed, but it was never drawn, though a later month was.")];
            if (SampleMonth.Parse(first) is not { } at) return lapses;
            for (; string.CompareOrdinal(at.ToString(), last) < 0; at = at.Next)
                if (!known.Contains(at.ToString())) lapses.Add($"{at}: no seed was fixed for it, and nothing drawn, though months before and after it were.");
            return lapses;
        }

        /// <summary>With the closings recorded in the month, and those recorded later with an earlier time, which the sample before did not see.</summary>
        private ToldSample Compared(ToldSample told, DateTimeOffset from, DateTimeOffset to, long upTo, long? seenBefore)
        {
            if (!_hasClosings) return told;
            var within = _closings.Where(c => c.Position <= upTo && c.RecordedAt >= from && c.RecordedAt < to).Select(c => c.Ticket);
            var late = _closings.Where(c => c.Position <= upTo && c.RecordedAt < from && c.Position > (seenBefore ?? 0)).Select(c => c.Ticket);
            // What was deleted before the draw cannot be listed in it.
            told = told with { DeletedAt = _deleted.Where(d => d.Value > upTo).ToDictionary() };
            return seenBefore is null ? told with { Closings = within.ToHashSet(), MayCount = late.ToHashSet() } : told with { Closings = within.Concat(late).ToHashSet() };
        }

        private void TakeClosing(JsonElement told)
        {
            _hasClosings = true;
            if (told.TryGetProperty("historical", out var historical) && historical.GetBoolean()) return;
            _closings.Add(new Closing(told.GetProperty("streamId").GetGuid(), told.GetProperty("recordedAt").GetDateTimeOffset(), told.GetProperty("position").GetInt64()));
        }

        private static IEnumerable<Guid> Guids(JsonElement list) => list.EnumerateArray().Select(e => e.GetGuid());
    }
}
