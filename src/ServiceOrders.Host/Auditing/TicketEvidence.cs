using System.Globalization;
using System.Text.Json;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Auditing;

/// <summary>Makes evidence bundles: the events of a ticket, or of a monthly sample, as they are stored, each with its proof, the rules that its deadlines came from, and the signed checkpoint that all of it leads to (row A2).</summary>
/// <param name="database">The database.</param>
/// <param name="log">What stands where in the log.</param>
/// <param name="checkpoints">The checkpoints.</param>
/// <param name="keyTable">The public keys.</param>
/// <param name="keys">This node's keys.</param>
/// <param name="proofs">Brings about a checkpoint that covers the ticket.</param>
public sealed class TicketEvidence(StoreDatabase database, LogReader log, CheckpointTable checkpoints, KeyTable keyTable, SigningKeys keys, AuditProofs proofs)
{
    /// <summary>A sample's bundle; null: no seed was fixed for the month, or that is not in the checkpoint asked for.</summary>
    /// <param name="sampleId">The sample's stream.</param>
    /// <param name="size">The size of the checkpoint to prove against; null: the first that covers the seed's commitment, which tells how early that was there.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="ProblemException">As of a ticket.</exception>
    public async Task<Bundle?> MakeOfSampleAsync(Guid sampleId, long? size, CancellationToken cancellation)
    {
        if (await ReadAsync(sampleId, cancellation) is not [var first, ..]) return null;
        if (size is null && (await log.LeavesOfAsync([first.Position], cancellation)).TryGetValue(first.Position, out var leaf))
            size = await checkpoints.AboveAsync(leaf, 1, cancellation) is [var earliest] ? earliest.Size : null;
        size ??= (await proofs.CoverAsync(first.Position, cancellation)).Size;
        return await MakeAsync(sampleId, size, cancellation);
    }

    /// <summary>A ticket's bundle; null: there is no such ticket, or none of its events is in the checkpoint asked for.</summary>
    /// <param name="ticketId">The ticket.</param>
    /// <param name="size">The size of the checkpoint to prove against, which may be older than the ticket's last events; null: one that covers all of them.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="ProblemException">503: the log is behind; 409: signing is refused, or an event is not what the log has; 404: no such checkpoint.</exception>
    public async Task<Bundle?> MakeAsync(Guid ticketId, long? size, CancellationToken cancellation)
    {
        var events = await ReadAsync(ticketId, cancellation);
        if (events.Count == 0) return null;
        var checkpoint = size is null ? await proofs.CoverAsync(events[^1].Position, cancellation)
            : await checkpoints.FindAsync(size.Value, cancellation) ?? throw new ProblemException(new Problem(ProblemTypes.NotFound, "There is no checkpoint of that size."));
        events = [.. events.TakeWhile(record => record.Position <= checkpoint.Position)];
        if (events.Count == 0) return null;
        if (keys.Current is not { } signer) throw new ProblemException(new Problem(ProblemTypes.SigningRefused, "This node has no signing key."));

        var rules = await RulesAsync(events, checkpoint.Position, cancellation);
        var proven = await ProveAsync([.. events, .. rules], checkpoint, cancellation);
        var note = SignedNote.Parse(checkpoint.Note);
        var signedBy = (await keyTable.ListAsync(cancellation)).Select(key => key.PublicKey).Where(note.IsSignedBy);
        var number = NumberOf(events[0]);
        var content = new EvidenceBundle(ticketId, number, note, [.. signedBy.Append(signer.Public).Distinct()], proven[..events.Count], proven[events.Count..]);
        return new Bundle(number, BundleWriter.Write(content, signer));
    }

    /// <summary>The events that define the versions of policies and calendars which a ticket's own events name, in the order of their positions.</summary>
    private async Task<IReadOnlyList<EventRecord>> RulesAsync(IReadOnlyList<EventRecord> events, long position, CancellationToken cancellation)
    {
        List<EventRecord> rules = [];
        foreach (var stream in RuleReference.In(events).GroupBy(reference => reference.StreamId))
        {
            var history = await ReadAsync(stream.Key, cancellation);
            rules.AddRange(history.Where(record => record.Position <= position && stream.Any(reference => reference.IsDefinedBy(record))));
        }
        return [.. rules.OrderBy(record => record.Position)];
    }

    private async Task<ProvenEvent[]> ProveAsync(IReadOnlyList<EventRecord> events, StoredCheckpoint checkpoint, CancellationToken cancellation)
    {
        var leaves = await log.LeavesOfAsync([.. events.Select(record => record.Position)], cancellation);
        var nodes = new TileNodes(new KeptTiles(new LogTiles(database.Pooled)));
        var proven = new ProvenEvent[events.Count];
        for (var i = 0; i < proven.Length; i++)
        {
            if (!leaves.TryGetValue(events[i].Position, out var leaf)) throw Contradiction(events[i], "is not in the log: it was put in past the service");
            var path = await ProofBuilder.InclusionAsync(nodes, leaf, checkpoint.Size, cancellation);
            if (!ProofVerifier.Includes(EventEncoding.HashOf(events[i]), leaf, checkpoint.Size, path, checkpoint.Root)) throw Contradiction(events[i], "is not what the log has: it was changed after it was recorded, or the log was");
            proven[i] = new ProvenEvent(events[i], leaf, path);
        }
        return proven;
    }

    private async Task<IReadOnlyList<EventRecord>> ReadAsync(Guid streamId, CancellationToken cancellation)
    {
        await using var connection = await database.Pooled.OpenConnectionAsync(cancellation);
        await using var raw = await RawEvents.StreamAsync(connection, streamId, cancellation);
        List<EventRecord> events = [];
        try
        {
            while (await raw.NextAsync(cancellation)) events.Add(EventEncoding.Decode(raw.Tuple));
        }
        catch (FormatException)
        {
            throw new ProblemException(new Problem(ProblemTypes.LogContradicted, string.Create(CultureInfo.InvariantCulture, $"The event at position {raw.Position} holds what the service never writes.")));
        }
        return events;
    }

    /// <summary>What the stream is called: a ticket by its number, a sample by its month.</summary>
    private static string NumberOf(EventRecord opened)
    {
        using var data = JsonDocument.Parse(opened.Data);
        return data.RootElement.GetProperty(opened.Type == "sample_seed_fixed" ? "month" : "number").GetString()!;
    }

    private static ProblemException Contradiction(EventRecord record, string what) => new(new Problem(ProblemTypes.LogContradicted,
        string.Create(CultureInfo.InvariantCulture, $"The event at position {record.Position}, version {record.Version} of stream {record.StreamId}, {what}.")));
}

/// <summary>An evidence bundle.</summary>
/// <param name="Number">The ticket's service number, or the sample's month.</param>
/// <param name="File">The file, byte for byte.</param>
public sealed record Bundle(string Number, byte[] File);
