using System.Buffers.Binary;
using System.Globalization;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// Tells events that were moved or exchanged from events that were changed: what stands elsewhere is put back, whole or in part, and where the leaf's hash comes out, that is what was done.
/// </summary>
internal static class Displacements
{
    private const int Position = 0, Id = 1, Stream = 2, Version = 3, Data = 4, Time = 7, Headers = 12, User = 13;
    private const int MostCompared = 128;

    // What could have been exchanged between two rows, and how a finding calls it.
    private static readonly (string Name, int[] Fields)[] Parts =
    [
        ("data", [Data]), ("data and headers", [Data, Headers]), ("time", [Time]), ("author", [User]), ("version", [Version]), ("stream and version", [Stream, Version]), ("id", [Id]), ("headers", [Headers]),
        ("content", [.. Enumerable.Range(0, EventEncoding.FieldCount).Except([Position, Stream, Version])]),
    ];

    /// <summary>Findings for what can be explained so.</summary>
    /// <param name="suspects">Changed leaves, and events in no leaf.</param>
    /// <param name="missing">Leaves without an event.</param>
    /// <param name="explained">Takes the positions that need no finding of their own any more.</param>
    public static IEnumerable<Finding> Find(IReadOnlyList<Suspect> suspects, IReadOnlyList<Suspect> missing, ISet<long> explained)
    {
        var strays = suspects.Take(MostCompared).Select(suspect => (suspect.Position, IsLeaf: suspect.LeafIndex is not null, Fields: EventEncoding.Split(suspect.Tuple!))).ToList();
        foreach (var place in suspects.Where(s => s.LeafIndex is not null).Concat(missing).Take(MostCompared))
        {
            var here = place.Tuple is null ? null : EventEncoding.Split(place.Tuple);
            foreach (var (position, isLeaf, fields) in strays)
            {
                if (Explain(place, here, position, fields) is not { } finding) continue;
                explained.Add(place.Position);
                if (!isLeaf) explained.Add(position);
                yield return finding;
                break;
            }
        }
    }

    private static Finding? Explain(Suspect place, byte[]?[]? here, long position, byte[]?[] stray)
    {
        bool Fits(byte[]?[] fields) => Hashing.Leaf(EventEncoding.Join(fields)) == place.Expected;
        if (position != place.Position)
        {
            // The log's list of positions is no part of what is hashed.
            if (Fits(stray)) return Say(place, stray, FindingKind.LogAltered, $"The log's list of positions names {place.Position} for the event at {position}; the event itself is as it was.");
            byte[]?[] renumbered = [Number(place.Position), .. stray.Skip(1)];
            if (Fits(renumbered)) return Say(place, stray, FindingKind.Moved, $"The event of leaf {place.LeafIndex} was at position {place.Position}; it stands at position {position} now.");
            if (here is null) return null;
            renumbered[Version] = here[Version];
            if (Fits(renumbered)) return Say(place, renumbered, FindingKind.Moved, $"The event of leaf {place.LeafIndex} was at position {place.Position}; it stands at position {position} now, in another place of its stream.");
            foreach (var (name, parts) in Parts)
            {
                byte[]?[] mended = [.. here.Select((field, i) => parts.Contains(i) ? stray[i] : field)];
                if (Fits(mended)) return Say(place, mended, FindingKind.Moved, $"The event at position {place.Position} lost its {name} to the event at position {position}.");
            }
        }
        return null;
    }

    private static Finding Say(Suspect place, byte[]?[] fields, FindingKind kind, FormattableString detail) => new(kind, Finding.Event, place.LeafIndex, place.Position,
        fields[Stream] is { Length: 16 } stream ? new Guid(stream, bigEndian: true) : null, fields[Version] is { Length: sizeof(long) } version ? BinaryPrimitives.ReadInt64BigEndian(version) : null, detail.ToString(CultureInfo.InvariantCulture));

    private static byte[] Number(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}
