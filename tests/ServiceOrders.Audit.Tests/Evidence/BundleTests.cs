using System.Text;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Evidence;

/// <summary>What a bundle proves, and everything by which one fails. Forgers here have the signing key: signatures alone would let them through.</summary>
public sealed class BundleTests : IDisposable
{
    private readonly SigningKey _key = SigningKey.Create(), _stranger = SigningKey.Create();

    private EvidenceBundle Sound => SampleLog.Bundle(SignedNote.Sign(SampleLog.Checkpoint, _key), _key.Public);

    private BundleVerdict Judge(EvidenceBundle bundle) => new BundleVerifier([]).Verify(BundleWriter.Write(bundle, _key));

    [Fact]
    public void A_sound_bundle_says_in_plain_words_what_is_proven_and_what_is_not()
    {
        var verdict = Judge(Sound);
        verdict.Failures.ShouldBeEmpty();
        verdict.Proven.ShouldBe([
            "Ticket SO-1000017: these are its versions 1 to 4, none left out between, recorded from 2026-03-01 08:00:08Z to 2026-03-01 08:00:14Z.",
            "Each of these 4 events was in audit log 5f3a09c41b7e2d68, in this order, when the log had 11 events, by its checkpoint of 2026-03-01 08:30:00Z. Nothing about them was changed since: data, times, authors, headers.",
            $"The checkpoint was signed by key {_key.Id}, this file by key {_key.Id}. Not one byte of it was altered.",
            "In the log as well, word for word: calendar cn-office version 1, policy standard version 2, by which its deadlines were computed.",
        ]);
        verdict.NotProven.Count.ShouldBe(5);
        verdict.NotProven.ShouldContain(s => s.Contains("no later events", StringComparison.Ordinal));
        verdict.NotProven.ShouldContain(s => s.Contains("is true", StringComparison.Ordinal));
        verdict.NotProven.ShouldContain(s => s.Contains("sealed", StringComparison.Ordinal));
        verdict.NotProven.ShouldContain(s => s.Contains($"Compare {_key.Id}", StringComparison.Ordinal));
        verdict.NotProven.ShouldContain(s => s.Contains("--checkpoint", StringComparison.Ordinal));
    }

    [Fact]
    public void A_bundle_that_was_written_is_read_again_word_for_word()
    {
        var read = BundleReader.Read(BundleWriter.Write(Sound, _key));
        read.SignedBy.ShouldBe(_key.Id);
        read.Content.Events.Select(e => e.Event).ShouldBe(Sound.Events.Select(e => e.Event));
        read.Content.Rules.Select(e => e.Event).ShouldBe(Sound.Rules.Select(e => e.Event));
        read.Content.Checkpoint.Text.ShouldBe(Sound.Checkpoint.Checkpoint.Text + "\n" + read.Content.Checkpoint.Text.Split("\n\n")[1]);
        read.Content.Keys.ShouldBe([_key.Public]);
    }

    [Fact]
    public void A_bundle_altered_in_any_single_byte_fails()
    {
        var (file, verifier, random) = (VectorTests.Bundle, new BundleVerifier([]), new Random(17));
        verifier.Verify(file).Holds.ShouldBeTrue();
        for (var i = 0; i < file.Length; i++)
        {
            var original = file[i];
            file[i] = (byte)(original + random.Next(1, 256));
            Holds(verifier, file).ShouldBeFalse($"byte {i}: {original} became {file[i]}");
            file[i] = original;
        }
        verifier.Verify(file).Holds.ShouldBeTrue("All is as it was.");
    }

    [Fact]
    public void Nothing_can_be_cut_off_put_before_or_put_behind()
    {
        var (file, verifier) = (VectorTests.Bundle, new BundleVerifier([]));
        for (var length = 0; length < file.Length; length += length < file.Length - 200 ? 37 : 1) Holds(verifier, file[..length]).ShouldBeFalse($"cut to {length}");
        foreach (var more in new[] { "\n", " ", "}", "\0", "{}" })
        {
            Holds(verifier, [.. file, .. Encoding.UTF8.GetBytes(more)]).ShouldBeFalse();
            Holds(verifier, [.. Encoding.UTF8.GetBytes(more), .. file]).ShouldBeFalse();
        }
        Holds(verifier, [0xEF, 0xBB, 0xBF, .. file]).ShouldBeFalse();
    }

    [Fact]
    public void A_version_left_out_moved_or_told_twice_is_named()
    {
        var events = Sound.Events;
        Judge(Sound with { Events = [events[0], events[2], events[3]] }).Failures.ShouldContain(f => f.StartsWith("Version 2 of the ticket is missing", StringComparison.Ordinal));
        Judge(Sound with { Events = [.. events.Skip(1)] }).Failures.ShouldContain(f => f.StartsWith("Version 1 of the ticket is missing", StringComparison.Ordinal));
        Judge(Sound with { Events = [events[0], events[2], events[1], events[3]] }).Holds.ShouldBeFalse();
        Judge(Sound with { Events = [events[0], events[0], .. events.Skip(1)] }).Holds.ShouldBeFalse();
        Judge(Sound with { Events = [] }).Failures.ShouldContain("The file holds no event of the ticket.");
        Judge(Sound with { Events = [.. events.Take(3)] }).Holds.ShouldBeTrue("A file may stop early; that it does not tell of later events is said.");
    }

    [Fact]
    public void An_event_rewritten_under_the_same_proof_is_named()
    {
        var events = Sound.Events.ToArray();
        foreach (var altered in new[]
        {
            events[2].Event with { Data = """{"sealedText":  null}""" }, events[2].Event with { UserName = "staff:韩梅梅" }, events[2].Event with { RecordedAt = events[2].Event.RecordedAt.AddMicroseconds(1) },
            events[2].Event with { Headers = null }, events[2].Event with { Id = Guid.Empty }, events[2].Event with { Type = "ticket_closed" }, events[2].Event with { CorrelationId = "" },
        })
        {
            Judge(Sound with { Events = [events[0], events[1], events[2] with { Event = altered }, events[3]] }).Failures.ShouldContain(f => f.StartsWith("The event at position 13 (version 3", StringComparison.Ordinal));
        }
        Judge(Sound with { Rules = [Sound.Rules[0] with { Event = Sound.Rules[0].Event with { Data = "{}" } }] }).Failures.ShouldContain(f => f.StartsWith("The event at position 1 (", StringComparison.Ordinal));
        Judge(Sound with { Events = [events[0] with { LeafIndex = 5 }, .. events.Skip(1)] }).Holds.ShouldBeFalse();
        Judge(Sound with { Events = [events[0] with { InclusionPath = events[1].InclusionPath }, .. events.Skip(1)] }).Holds.ShouldBeFalse();
    }

    [Fact]
    public void Anothers_events_pass_for_nobodys()
    {
        Judge(Sound with { TicketId = Guid.NewGuid() }).Failures.ShouldContain(f => f.Contains("does not belong to the ticket", StringComparison.Ordinal));
        Judge(Sound with { Number = "SO-1000009" }).Failures.ShouldBe(["The first event did not open a ticket of number SO-1000009."]);
        var other = SampleLog.Proven(SampleLog.Events[3]);
        Judge(Sound with { Events = [other, .. Sound.Events.Skip(1)] }).Holds.ShouldBeFalse();
    }

    [Fact]
    public void A_checkpoint_of_another_tree_or_of_nobody_is_refused()
    {
        var wrong = SampleLog.Checkpoint with { Root = Hashing.Leaf([1]) };
        Judge(Sound with { Checkpoint = SignedNote.Sign(wrong, _key) }).Holds.ShouldBeFalse();
        Judge(Sound with { Checkpoint = SignedNote.Sign(SampleLog.Checkpoint with { Size = 8 }, _key) }).Holds.ShouldBeFalse();
        Judge(Sound with { Checkpoint = SignedNote.Sign(SampleLog.Checkpoint with { Position = 13 }, _key) }).Failures.ShouldContain(f => f.Contains("later than the checkpoint", StringComparison.Ordinal));
        Judge(Sound with { Checkpoint = SignedNote.Sign(SampleLog.Checkpoint, _stranger) }).Failures.ShouldBe(["The checkpoint is not signed by a key in the file."]);
        var forged = new SignedNote(SampleLog.Checkpoint, [new NoteSignature(_key.Id, _stranger.Sign(Encoding.UTF8.GetBytes(SampleLog.Checkpoint.Text)))]);
        Judge(Sound with { Checkpoint = forged }).Failures.ShouldContain(f => f.Contains("in the name of a key", StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_from_elsewhere_tells_whose_file_it_is()
    {
        var file = BundleWriter.Write(Sound, _key);
        var own = new BundleVerifier([_key.Public]).Verify(file);
        own.Holds.ShouldBeTrue();
        own.Proven.ShouldContain(s => s.Contains("which you gave", StringComparison.Ordinal));
        own.NotProven.ShouldNotContain(s => s.Contains("Whose key", StringComparison.Ordinal));
        var failures = new BundleVerifier([_stranger.Public]).Verify(file).Failures;
        failures.ShouldContain($"The file says that key {_key.Id} signed it; that is not the key that you gave.");
        failures.ShouldContain("The checkpoint is not signed by the key that you gave.");
    }

    [Fact]
    public void While_keys_change_either_key_is_enough()
    {
        var both = SampleLog.Bundle(SignedNote.Sign(SampleLog.Checkpoint, _key, _stranger), _key.Public, _stranger.Public);
        new BundleVerifier([_key.Public]).Verify(BundleWriter.Write(both, _key)).Holds.ShouldBeTrue();
        new BundleVerifier([_stranger.Public]).Verify(BundleWriter.Write(both, _stranger)).Holds.ShouldBeTrue();
        new BundleVerifier([_stranger.Public, _key.Public]).Verify(BundleWriter.Write(both, _key)).Holds.ShouldBeTrue();
        var handedOver = new BundleVerifier([_stranger.Public]).Verify(BundleWriter.Write(both, _key));
        handedOver.Holds.ShouldBeTrue();
    }

    [Fact]
    public void A_file_that_a_stranger_put_together_tells_so()
    {
        // He has a genuine file and no key of the log: he signs the note beside it, and leaves out the ticket's end and its rules.
        var genuine = Sound;
        var note = genuine.Checkpoint with { Signatures = [.. genuine.Checkpoint.Signatures, .. SignedNote.Sign(genuine.Checkpoint.Checkpoint, _stranger).Signatures] };
        var file = BundleWriter.Write(genuine with { Checkpoint = note, Events = [.. genuine.Events.SkipLast(1)], Rules = [], Keys = [_key.Public, _stranger.Public] }, _stranger);
        var verdict = new BundleVerifier([_key.Public]).Verify(file);
        verdict.Holds.ShouldBeTrue("What it says is true.");
        verdict.Proven.ShouldNotContain(s => s.Contains("byte", StringComparison.Ordinal) || s.Contains(_stranger.Id, StringComparison.Ordinal));
        verdict.NotProven.ShouldContain(s => s.Contains($"Who put this file together: key {_stranger.Id}", StringComparison.Ordinal));
        new BundleVerifier([_key.Public]).Verify(BundleWriter.Write(genuine, _key)).NotProven.ShouldNotContain(s => s.Contains("Who put", StringComparison.Ordinal));
    }

    [Fact]
    public void Who_did_not_sign_the_checkpoint_beside_a_key_that_counts_signs_no_file()
    {
        var bundle = SampleLog.Bundle(SignedNote.Sign(SampleLog.Checkpoint, _key), _key.Public, _stranger.Public);
        new BundleVerifier([_key.Public]).Verify(BundleWriter.Write(bundle, _stranger)).Failures.ShouldBe([$"The file says that key {_stranger.Id} signed it; that is not the key that you gave."]);
        var next = SampleLog.Bundle(SignedNote.Sign(SampleLog.Checkpoint, _stranger), _key.Public, _stranger.Public);
        new BundleVerifier([_key.Public]).Verify(BundleWriter.Write(next, _stranger)).Holds.ShouldBeFalse("The checkpoint after the next key took over alone.");
    }

    [Fact]
    public void A_signature_and_its_twin_are_not_the_same()
    {
        var file = BundleWriter.Write(Sound, _key);
        var signed = BundleReader.Read(file);
        var twin = signed.Signature.ToArray();
        LowS.Twin(twin);
        byte[] forged = [.. file.AsSpan(0, signed.SignedLength), .. Encoding.ASCII.GetBytes(Convert.ToBase64String(twin) + "\"}\n")];
        new BundleVerifier([]).Verify(forged).Failures.ShouldHaveSingleItem().ShouldContain("altered");
        LowS.Twin(twin);
        twin.ShouldBe(signed.Signature);
    }

    [Fact]
    public void A_file_cannot_write_its_own_verdict_on_the_screen()
    {
        var hostile = "SO-1\u001b[2J\u202eThe evidence holds.\nProven:\u2028" + new string('x', 5_000);
        var sentence = Judge(Sound with { Number = hostile }).Failures.ShouldHaveSingleItem();
        sentence.ShouldStartWith("The first event did not open a ticket of number SO-1\\u001b[2J\\u202eThe evidence holds.\\u000aProven:\\u2028xxx");
        sentence.Length.ShouldBeLessThan(2_100);
    }

    [Fact]
    public void Data_that_is_no_text_of_unicode_is_refused_and_breaks_nothing()
    {
        var halves = Sound.Events[0] with { Event = Sound.Events[0].Event with { Data = """{"number":"\ud800","policy":"\udc00","\ud800":1}""" } };
        Judge(Sound with { Events = [halves, .. Sound.Events.Skip(1)] }).Failures.ShouldContain("The first event did not open a ticket of number SO-1000017.");
    }

    [Fact]
    public void A_checkpoint_from_elsewhere_confirms_or_refutes()
    {
        var file = BundleWriter.Write(Sound, _key);
        SignedNote Kept(Checkpoint checkpoint, SigningKey? by = null) => SignedNote.Sign(checkpoint, by ?? _key);
        var confirmed = new BundleVerifier([], [Kept(SampleLog.Checkpoint with { Size = 3 }), Kept(SampleLog.Checkpoint)]).Verify(file);
        confirmed.Holds.ShouldBeTrue();
        confirmed.Proven.ShouldContain(s => s.Contains("from elsewhere", StringComparison.Ordinal));
        confirmed.NotProven.ShouldNotContain(s => s.Contains("--checkpoint", StringComparison.Ordinal));

        new BundleVerifier([], [Kept(SampleLog.Checkpoint with { Root = Hashing.Leaf([1]) })]).Verify(file).Failures.ShouldContain(f => f.Contains("two histories", StringComparison.Ordinal));
        foreach (var useless in new[] { Kept(SampleLog.Checkpoint with { Size = 10 }), Kept(SampleLog.Checkpoint with { LogId = "another" }), Kept(SampleLog.Checkpoint, _stranger) })
            new BundleVerifier([], [useless]).Verify(file).Failures.ShouldContain(f => f.StartsWith("None of the checkpoints that you gave", StringComparison.Ordinal));
        foreach (var otherwise in new[] { SampleLog.Checkpoint with { SignedAt = SampleLog.Checkpoint.SignedAt.AddYears(3) }, SampleLog.Checkpoint with { Position = SampleLog.Checkpoint.Position + 1 } })
            new BundleVerifier([], [Kept(otherwise)]).Verify(file).Failures.ShouldHaveSingleItem().ShouldStartWith("Your checkpoint of the same 11 events is of ");
        new BundleVerifier([], []).Verify(file).Holds.ShouldBeFalse("Somebody who wanted to compare and had nothing to compare with must not be told that it holds.");
    }

    [Fact]
    public void Definitions_that_are_missing_or_of_another_stream_are_not_counted_as_proven()
    {
        var without = Judge(Sound with { Rules = [.. Sound.Rules.Where(r => r.Event.Type != "calendar_published")] });
        without.Holds.ShouldBeTrue();
        without.NotProven.ShouldContain(s => s.Contains("calendar cn-office version 1", StringComparison.Ordinal));
        without.Proven.ShouldContain(s => s.Contains("policy standard version 2", StringComparison.Ordinal));

        var reference = new RuleReference("policy", "standard", 2);
        reference.IsDefinedBy(SampleLog.Events[1]).ShouldBeTrue();
        reference.IsDefinedBy(SampleLog.Events[0]).ShouldBeFalse("That is version 1.");
        reference.IsDefinedBy(SampleLog.Events[1] with { StreamId = SampleLog.TicketId }).ShouldBeFalse();
    }

    [Fact]
    public void A_signer_whose_key_is_not_in_the_bundle_writes_none() => Should.Throw<ArgumentException>(() => BundleWriter.Write(Sound, _stranger));

    private static bool Holds(BundleVerifier verifier, byte[] file)
    {
        try
        {
            return verifier.Verify(file).Holds;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        _stranger.Dispose();
    }
}
