namespace ServiceOrders.Audit.Sampling;

/// <summary>What the events of a month's sample tell, for drawing it again.</summary>
/// <param name="Commitment">What was told of the seed beforehand; null: that event is not at hand.</param>
/// <param name="Seed">The seed, hexadecimal.</param>
/// <param name="Closed">How many tickets there were to draw from.</param>
/// <param name="Population">Those tickets, as listed.</param>
/// <param name="Drawn">Those drawn.</param>
public sealed record ToldSample(string? Commitment, string Seed, int Closed, IReadOnlyList<Guid> Population, IReadOnlyList<Guid> Drawn)
{
    /// <summary>How often a seed was fixed for the month.</summary>
    public int Fixings { get; init; } = 1;
    /// <summary>When the seed was fixed; null: that event is not at hand.</summary>
    public DateTimeOffset? FixedAt { get; init; }
    /// <summary>When the month began; null: not known.</summary>
    public DateTimeOffset? StartsAt { get; init; }
    /// <summary>Whether it is the month of the service's first start, whose seed is fixed after it began.</summary>
    public bool IsFirstMonth { get; init; }
    /// <summary>The tickets of which a closing that counts for the month is at hand; null: closings are not at hand, and not compared.</summary>
    public IReadOnlySet<Guid>? Closings { get; init; }
    /// <summary>Tickets closed before the month that may count for it: those that the sample before did not see, where that is not at hand.</summary>
    public IReadOnlySet<Guid> MayCount { get; init; } = new HashSet<Guid>();
    /// <summary>Tickets that were deleted for their age after the draw, with the position of the record: their closings went with them.</summary>
    public IReadOnlyDictionary<Guid, long> DeletedAt { get; init; } = new Dictionary<Guid, long>();
}

/// <summary>Draws a sample again and says what does not agree.</summary>
public static class SampleRedo
{
    /// <summary>What does not agree, a sentence each; none: the draw is the one that the seed and the tickets make.</summary>
    public static IReadOnlyList<string> Complaints(ToldSample told)
    {
        ArgumentNullException.ThrowIfNull(told);
        if (!IsSeed(told.Seed)) return ["The seed is not 64 hexadecimal digits."];
        var seed = Convert.FromHexString(told.Seed);
        var complaints = new List<string>();
        if (told.Commitment is { } commitment && SampleDraw.CommitmentOf(seed) != commitment) complaints.Add("The seed is not the one that was fixed beforehand: its SHA-256 is another.");
        if (told.Fixings > 1) complaints.Add($"A seed was fixed {told.Fixings} times for the month: only the first may be.");
        if (told.FixedAt is { } fixedAt && !told.IsFirstMonth)
        {
            if (told.StartsAt is not { } began) complaints.Add("When the month began cannot be told: its time zone is unknown.");
            else if (fixedAt >= began) complaints.Add($"The seed was fixed at {fixedAt:yyyy-MM-ddTHH:mm:ssZ}, when the month had begun, and it is not the first month of the service.");
        }
        if (told.Closings is { } closings)
        {
            complaints.AddRange(closings.Except(told.Population).Select(ticket => $"{ticket} was closed in the month, but is not listed."));
            complaints.AddRange(told.Population.Where(ticket => !closings.Contains(ticket) && !told.MayCount.Contains(ticket) && !told.DeletedAt.ContainsKey(ticket)).Select(ticket => $"{ticket} is listed, but no closing of it is there."));
        }
        if (told.Population.Count != told.Closed) complaints.Add($"{told.Closed} tickets were closed by the draw's own word, but {told.Population.Count} are listed.");
        if (told.Population.Distinct().Count() != told.Population.Count) complaints.Add("A ticket is listed twice.");
        var again = SampleDraw.Of(seed, told.Population);
        if (again.Count != told.Drawn.Count) complaints.Add($"{again.Count} are to be drawn from {told.Population.Count}, but {told.Drawn.Count} were.");
        complaints.AddRange(told.Drawn.Except(again).Select(ticket => $"{ticket} was drawn, but its rank is not among the lowest."));
        complaints.AddRange(again.Except(told.Drawn).Select(ticket => $"{ticket} was not drawn, though its rank is among the lowest."));
        if (complaints.Count == 0 && !again.SequenceEqual(told.Drawn)) complaints.Add("The tickets drawn are not in the order of their ranks.");
        return complaints;
    }

    /// <summary>How many of the tickets listed have no closing any more because they were deleted since, by the position of the record that tells it.</summary>
    public static IReadOnlyDictionary<long, int> Excused(ToldSample told)
    {
        ArgumentNullException.ThrowIfNull(told);
        return told.Population.Where(ticket => told.Closings?.Contains(ticket) == false && told.DeletedAt.ContainsKey(ticket)).CountBy(ticket => told.DeletedAt[ticket]).OrderBy(e => e.Key).ToDictionary();
    }

    private static bool IsSeed(string text) => text.Length == 2 * SampleDraw.SeedLength && text.All(char.IsAsciiHexDigit);
}
