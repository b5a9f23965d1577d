using System.Globalization;
using System.Text;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Checkpoints;

/// <summary>Checkpoints as signed notes: one way to write them, and no other is read.</summary>
public sealed class SignedNoteTests : IDisposable
{
    internal static readonly Checkpoint Sample = new("4711abcd", 3, TreeHash.From([.. Enumerable.Range(0, 32).Select(i => (byte)i)]),
        DateTimeOffset.Parse("2026-03-01T08:00:00.000250Z", CultureInfo.InvariantCulture), 17);

    private readonly SigningKey _key = SigningKey.Create(), _next = SigningKey.Create();

    [Fact]
    public void A_note_is_five_lines_an_empty_one_and_a_line_for_each_signature()
    {
        var note = SignedNote.Sign(Sample, _key, _next);
        note.Text.Split('\n').ShouldBe(["service-orders-audit/4711abcd", "3", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "2026-03-01T08:00:00.000250Z", "17", "",
            $"— {_key.Id} {Convert.ToBase64String(note.Signatures[0].Signature)}", $"— {_next.Id} {Convert.ToBase64String(note.Signatures[1].Signature)}", ""]);
        _key.Public.Verifies(Encoding.UTF8.GetBytes("service-orders-audit/4711abcd\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n2026-03-01T08:00:00.000250Z\n17\n"), note.Signatures[0].Signature).ShouldBeTrue();
    }

    [Fact]
    public void A_note_that_was_written_is_read_again()
    {
        var read = SignedNote.Parse(SignedNote.Sign(Sample, _key, _next).Text);
        read.Checkpoint.ShouldBe(Sample);
        read.IsSignedBy(_key.Public).ShouldBeTrue();
        read.IsSignedBy(_next.Public).ShouldBeTrue();
        using var stranger = SigningKey.Create();
        read.IsSignedBy(stranger.Public).ShouldBeFalse();
        read.IsForgedInTheNameOf(stranger.Public).ShouldBeFalse();
    }

    [Fact]
    public void The_empty_log_has_a_checkpoint_too()
    {
        var empty = new Checkpoint("a", 0, Hashing.Empty, Sample.SignedAt, 0);
        Checkpoint.Parse(empty.Text).ShouldBe(empty);
        Should.Throw<FormatException>(() => Checkpoint.Parse((empty with { Root = Sample.Root }).Text));
        Should.Throw<FormatException>(() => Checkpoint.Parse((Sample with { Root = Hashing.Empty }).Text));
        Should.Throw<FormatException>(() => Checkpoint.Parse((Sample with { Position = 0 }).Text));
    }

    [Fact]
    public void A_note_with_any_byte_changed_is_no_note_or_not_signed()
    {
        var note = Encoding.UTF8.GetBytes(SignedNote.Sign(Sample, _key).Text);
        for (var i = 0; i < note.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                note[i] ^= (byte)(1 << bit);
                (SignedNote.TryParse(Encoding.UTF8.GetString(note), out var read) && read.IsSignedBy(_key.Public)).ShouldBeFalse($"byte {i}, bit {bit}");
                note[i] ^= (byte)(1 << bit);
            }
        }
        SignedNote.TryParse(Encoding.UTF8.GetString(note), out var whole).ShouldBeTrue();
        whole!.IsSignedBy(_key.Public).ShouldBeTrue();
    }

    [Fact]
    public void The_same_said_otherwise_is_not_read()
    {
        var note = SignedNote.Sign(Sample, _key).Text;
        string[] others =
        [
            "", "\n", "\n\n", note[..^1], note + "\n", note + note, "\n" + note, " " + note, "\ufeff" + note, note.Replace("\n", "\r\n", StringComparison.Ordinal), note.Replace("\n3\n", "\n03\n", StringComparison.Ordinal),
            note.Replace("\n3\n", "\n+3\n", StringComparison.Ordinal), note.Replace("\n17\n", "\n-17\n", StringComparison.Ordinal), note.Replace("\n17\n", "\n17\n\n", StringComparison.Ordinal),
            note.Replace("\n17\n", "\n17\nmore\n", StringComparison.Ordinal), note.Replace(".000250Z", ".00025Z", StringComparison.Ordinal), note.Replace("Z\n", "+00:00\n", StringComparison.Ordinal),
            note.Replace("— ", "- ", StringComparison.Ordinal), note.Replace("8=\n", "9=\n", StringComparison.Ordinal), note.Replace(_key.Id, _key.Id.ToUpperInvariant() + "A", StringComparison.Ordinal),
            note.Replace("/4711abcd", "/", StringComparison.Ordinal), note.Replace("/4711abcd", "/a b", StringComparison.Ordinal), note.Replace("/4711abcd", "/" + new string('a', 65), StringComparison.Ordinal),
            note + note.Split('\n')[6] + "\n", note[..(note.IndexOf('—', StringComparison.Ordinal))], note.Replace("==\n", "=\n", StringComparison.Ordinal),
        ];
        foreach (var other in others) SignedNote.TryParse(other, out _).ShouldBeFalse(other);
        SignedNote.TryParse(note, out _).ShouldBeTrue();
    }

    [Fact]
    public void A_signature_in_anothers_name_is_a_forgery()
    {
        var forged = new SignedNote(Sample, [new NoteSignature(_key.Id, _next.Sign(Encoding.UTF8.GetBytes(Sample.Text)))]);
        forged.IsSignedBy(_key.Public).ShouldBeFalse();
        forged.IsForgedInTheNameOf(_key.Public).ShouldBeTrue();
        SignedNote.Sign(Sample, _key).IsForgedInTheNameOf(_key.Public).ShouldBeFalse();
    }

    [Fact]
    public void What_could_not_be_read_is_not_signed()
    {
        Should.Throw<FormatException>(() => SignedNote.Sign(Sample with { LogId = "two\nlines" }, _key));
        Should.Throw<FormatException>(() => SignedNote.Sign(Sample with { Size = -1 }, _key));
        Should.Throw<ArgumentException>(() => SignedNote.Sign(Sample));
    }

    public void Dispose()
    {
        _key.Dispose();
        _next.Dispose();
    }
}
