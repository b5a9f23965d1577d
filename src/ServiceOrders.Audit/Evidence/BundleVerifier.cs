using System.Globalization;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Evidence;

/// <summary>
/// Judges a bundle offline. Whoever has nothing but the file learns that it is consistent with a key in it; whose key that is, and that the checkpoint is the one that others were shown, only a
/// key and checkpoints from elsewhere tell.
/// </summary>
/// <param name="trusted">Keys that the reader has from elsewhere; empty: those in the file are taken.</param>
/// <param name="kept">Checkpoints that the reader has from elsewhere; null: none.</param>
public sealed class BundleVerifier(IReadOnlyCollection<VerificationKey> trusted, IReadOnlyCollection<SignedNote>? kept = null)
{
    /// <summary>Judges a file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <exception cref="FormatException">It is no bundle.</exception>
    public BundleVerdict Verify(ReadOnlyMemory<byte> file)
    {
        var bundle = BundleReader.Read(file);
        var keys = trusted.Count > 0 ? trusted : bundle.Content.Keys;
        string[] failures = [.. Signatures(bundle, file.Span, keys), .. Tree(bundle.Content), .. Story(bundle.Content), .. Kept(bundle.Content.Checkpoint.Checkpoint, keys)];
        return failures.Length > 0 ? new(Shown(failures), [], []) : new([], Shown(Proven(bundle, keys)), Shown(NotProven(bundle)));
    }

    private static string[] Shown(IReadOnlyCollection<string> sentences) => [.. sentences.Select(Printable.Of)];

    private List<string> Signatures(SignedBundle bundle, ReadOnlySpan<byte> file, IReadOnlyCollection<VerificationKey> keys)
    {
        var (failures, whose) = (new List<string>(), trusted.Count > 0 ? "the key that you gave" : "a key in the file");
        // Everything in the file is bound by proofs to the checkpoint. Where a key that counts has signed that, whoever signed it beside (the next key, in a rotation, or anybody) may sign the file:
        // what he could leave out is told as not proven.
        var besides = keys.Any(bundle.Content.Checkpoint.IsSignedBy) ? bundle.Content.Keys.Where(bundle.Content.Checkpoint.IsSignedBy) : [];
        if (keys.Concat(besides).FirstOrDefault(k => k.Id == bundle.SignedBy) is not { } signer) failures.Add($"The file says that key {bundle.SignedBy} signed it; that is not {whose}.");
        else if (!signer.Verifies(file[..bundle.SignedLength], bundle.Signature)) failures.Add($"The file was altered after key {signer.Id} signed it, or that key did not sign it.");
        var note = bundle.Content.Checkpoint;
        if (keys.Any(note.IsForgedInTheNameOf)) failures.Add("The checkpoint has a signature in the name of a key that did not make it.");
        else if (!keys.Any(note.IsSignedBy)) failures.Add($"The checkpoint is not signed by {whose}.");
        return failures;
    }

    private static IEnumerable<string> Tree(EvidenceBundle bundle)
    {
        var checkpoint = bundle.Checkpoint.Checkpoint;
        foreach (var proven in bundle.Events.Concat(bundle.Rules))
        {
            if (!ProofVerifier.Includes(EventEncoding.HashOf(proven.Event), proven.LeafIndex, checkpoint.Size, proven.InclusionPath, checkpoint.Root))
                yield return Text($"The event at position {proven.Event.Position} (version {proven.Event.Version} of stream {proven.Event.StreamId}) is not leaf {proven.LeafIndex} of the log: something about it was altered, or its proof was.");
        }
        var inOrder = bundle.Events.Concat(bundle.Rules).OrderBy(e => e.Event.Position).ToList();
        for (var i = 1; i < inOrder.Count; i++)
        {
            if (inOrder[i].Event.Position == inOrder[i - 1].Event.Position || inOrder[i].LeafIndex <= inOrder[i - 1].LeafIndex)
                yield return Text($"The events at positions {inOrder[i - 1].Event.Position} and {inOrder[i].Event.Position} stand in the log in another order.");
        }
        if (inOrder.Count > 0 && inOrder[^1].Event.Position > checkpoint.Position) yield return Text($"The event at position {inOrder[^1].Event.Position} is later than the checkpoint, which ends at {checkpoint.Position}.");
    }

    private static IEnumerable<string> Story(EvidenceBundle bundle)
    {
        if (bundle.Events.Count == 0)
        {
            yield return "The file holds no event of the ticket.";
            yield break;
        }
        var subject = BundleSubject.Of(bundle.Events[0].Event);
        for (var i = 0; i < bundle.Events.Count; i++)
        {
            var record = bundle.Events[i].Event;
            if (record.StreamId != bundle.TicketId) yield return Text($"The event at position {record.Position} does not belong to the {subject.Noun}.");
            if (record.Version != i + 1) yield return Text($"Version {i + 1} of the {subject.Noun} is missing: version {record.Version} stands in its place.");
            if (i > 0 && record.Position <= bundle.Events[i - 1].Event.Position) yield return Text($"Version {record.Version} was recorded before its predecessor.");
        }
        if (!subject.Begins(bundle.Events[0].Event, bundle.Number, bundle.TicketId))
            yield return subject.Kind is null ? $"The first event did not open a ticket of number {bundle.Number}." : $"The first event did not begin the sample of {bundle.Number} in its stream.";
    }

    private IEnumerable<string> Kept(Checkpoint checkpoint, IReadOnlyCollection<VerificationKey> keys)
    {
        if (kept is null) yield break;
        var same = kept.Where(n => n.Checkpoint.LogId == checkpoint.LogId && n.Checkpoint.Size == checkpoint.Size && keys.Any(n.IsSignedBy)).Select(n => n.Checkpoint).ToList();
        if (same.Count == 0) yield return Text($"None of the checkpoints that you gave can confirm this one: none is of log {checkpoint.LogId} and its {checkpoint.Size} events, with a good signature. Ask for a file with the proofs for one that you have.");
        else if (same.TrueForAll(c => c.Root == checkpoint.Root) && !same.Contains(checkpoint)) yield return Text($"Your checkpoint of the same {checkpoint.Size} events is of {same[0].SignedAt:u} and ends at position {same[0].Position}; the file's says {checkpoint.SignedAt:u} and {checkpoint.Position}.");
        else if (same.Any(c => c.Root != checkpoint.Root)) yield return Text($"You were given another checkpoint of the same {checkpoint.Size} events, with another root: the log has had two histories.");
    }

    private List<string> Proven(SignedBundle bundle, IReadOnlyCollection<VerificationKey> keys)
    {
        var (content, checkpoint) = (bundle.Content, bundle.Content.Checkpoint.Checkpoint);
        var (first, last) = (content.Events[0].Event, content.Events[^1].Event);
        List<string> proven =
        [
            Text($"{BundleSubject.Of(first).Titled(content.Number)}: these are its versions 1 to {last.Version}, none left out between, recorded from {first.RecordedAt:u} to {last.RecordedAt:u}."),
            Text($"Each of these {content.Events.Count} events was in audit log {checkpoint.LogId}, in this order, when the log had {checkpoint.Size} events, by its checkpoint of {checkpoint.SignedAt:u}. Nothing about them was changed since: data, times, authors, headers."),
            $"The checkpoint was signed by key {string.Join(" and key ", keys.Where(content.Checkpoint.IsSignedBy).Select(k => k.Id))}{(IsStrangers(bundle) ? ", which you gave." : $", this file by key {bundle.SignedBy}{(trusted.Count == 0 ? "" : ", which you gave")}. Not one byte of it was altered.")}",
        ];
        if (Defined(content, true) is { Count: > 0 } defined) proven.Add($"In the log as well, word for word: {string.Join(", ", defined)}, by which its deadlines were computed.");
        if (kept is not null) proven.Add("The checkpoint is the one that you have from elsewhere: what came before it cannot have been rewritten since, not even by whoever has the signing key and the database.");
        return proven;
    }

    /// <summary>Whether a key signed the file that the reader has not: the next one in a rotation, or anybody's.</summary>
    private bool IsStrangers(SignedBundle bundle) => trusted.Count > 0 && trusted.All(k => k.Id != bundle.SignedBy);

    private List<string> NotProven(SignedBundle bundle)
    {
        var content = bundle.Content;
        List<string> not =
        [
            $"That the {BundleSubject.Of(content.Events[0].Event).Noun} has no later events: a file can stop early, and events may have come since.",
            "That what was recorded is true: only that it was recorded so, and when the log had it.",
            "What sealed texts (s1.…) say: they are proven as they are stored, encrypted, and are not disclosed.",
        ];
        if (IsStrangers(bundle)) not.Add($"Who put this file together: key {bundle.SignedBy} signed it, which is none that you gave. It signed the checkpoint beside one that you gave, as anyone can; the service's next key does so when keys change. What is proven is proven all the same; what is not in the file may have been left out by anybody.");
        if (trusted.Count == 0) not.Add($"Whose key it is: anyone can make one and sign with it. Compare {string.Join(", ", content.Keys.Select(k => k.Id))} with what the service's operator publishes, or give the key with --key.");
        if (kept is null) not.Add("That others were shown the same checkpoint: whoever has the signing key could keep two histories. Compare with checkpoints kept outside of the service, with --checkpoint.");
        if (Defined(content, false) is { Count: > 0 } missing) not.Add($"What these said, by which its deadlines were computed: {string.Join(", ", missing)}; the file does not hold their definitions.");
        return not;
    }

    private static List<RuleReference> Defined(EvidenceBundle content, bool wanted) =>
        [.. RuleReference.In(content.Events.Select(e => e.Event)).Where(r => content.Rules.Any(e => r.IsDefinedBy(e.Event)) == wanted)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
