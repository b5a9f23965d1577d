using System.Security.Cryptography;

namespace ServiceOrders.Audit.Sampling;

/// <summary>
/// Draws a month's sample (row M4). Pure, and all there is to it: whoever has the seed and the tickets draws the same. Each ticket's rank is SHA-256(seed ‖ its id, 16 bytes in the order in which
/// a UUID is written); the tenth with the lowest ranks, rounded up, is drawn. Nobody who does not know the seed can tell which that will be, and nobody who does can change it.
/// </summary>
public static class SampleDraw
{
    /// <summary>A seed's bytes.</summary>
    public const int SeedLength = 32;

    /// <summary>What is told beforehand of a seed: SHA-256 of it, lower-case hexadecimal.</summary>
    public static string CommitmentOf(ReadOnlySpan<byte> seed) => Convert.ToHexStringLower(SHA256.HashData(seed));

    /// <summary>How many of so many are drawn: a tenth, rounded up.</summary>
    public static int SizeOf(int population) => (population / 10) + (population % 10 == 0 ? 0 : 1);

    /// <summary>The tickets drawn, lowest rank first.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="population">The tickets to draw from, in any order; one that comes twice counts once.</param>
    public static IReadOnlyList<Guid> Of(ReadOnlySpan<byte> seed, IEnumerable<Guid> population)
    {
        ArgumentNullException.ThrowIfNull(population);
        var tickets = population.Distinct().ToArray();
        var ranks = new Rank[tickets.Length];
        Span<byte> drawnFrom = stackalloc byte[seed.Length + 16];
        seed.CopyTo(drawnFrom);
        for (var i = 0; i < tickets.Length; i++)
        {
            tickets[i].TryWriteBytes(drawnFrom[seed.Length..], bigEndian: true, out _);
            ranks[i] = new Rank(SHA256.HashData(drawnFrom));
        }
        Array.Sort(ranks, tickets);
        return tickets[..SizeOf(tickets.Length)];
    }

    /// <summary>A hash, compared byte by byte.</summary>
    private readonly record struct Rank(byte[] Hash) : IComparable<Rank>
    {
        public int CompareTo(Rank other) => Hash.AsSpan().SequenceCompareTo(other.Hash);
    }
}
