namespace ServiceOrders.Audit.Sampling;

/// <summary>What the events of a month's sample tell, for drawing it again.</summary>
/// <param name="Commitment">What was told of the seed beforehand; null: that event is not at hand.</param>
/// <param name="Seed">The seed, hexadecimal.</param>
/// <param name="Closed">How many tickets there were to draw from.</param>
/// <param name="Population">Those tickets, as listed.</param>
/// <param name="Drawn">Those drawn.</param>
public sealed record ToldSample(string? Commitment, string Seed, int Closed, IReadOnlyList<Guid> Population, IReadOnlyList<Guid> Drawn);

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
        if (told.Population.Count != told.Closed) complaints.Add($"{told.Closed} tickets were closed by the draw's own word, but {told.Population.Count} are listed.");
        if (told.Population.Distinct().Count() != told.Population.Count) complaints.Add("A ticket is listed twice.");
        var again = SampleDraw.Of(seed, told.Population);
        if (again.Count != told.Drawn.Count) complaints.Add($"{again.Count} are to be drawn from {told.Population.Count}, but {told.Drawn.Count} were.");
        complaints.AddRange(told.Drawn.Except(again).Select(ticket => $"{ticket} was drawn, but its rank is not among the lowest."));
        complaints.AddRange(again.Except(told.Drawn).Select(ticket => $"{ticket} was not drawn, though its rank is among the lowest."));
        if (complaints.Count == 0 && !again.SequenceEqual(told.Drawn)) complaints.Add("The tickets drawn are not in the order of their ranks.");
        return complaints;
    }

    private static bool IsSeed(string text) => text.Length == 2 * SampleDraw.SeedLength && text.All(char.IsAsciiHexDigit);
}
