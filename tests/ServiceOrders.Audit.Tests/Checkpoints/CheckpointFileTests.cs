using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;

namespace ServiceOrders.Audit.Tests.Checkpoints;

/// <summary>A file that notes are appended to.</summary>
public sealed class CheckpointFileTests : IDisposable
{
    private readonly SigningKey _key = SigningKey.Create(), _next = SigningKey.Create();

    private SignedNote[] Notes() => [SignedNote.Sign(SignedNoteTests.Sample, _key), SignedNote.Sign(SignedNoteTests.Sample with { Size = 9 }, _next, _key), SignedNote.Sign(SignedNoteTests.Sample with { Size = 90 }, _next)];

    [Fact]
    public void Notes_that_were_appended_are_read_in_their_order()
    {
        var read = CheckpointFile.Read(string.Concat(Notes().Select(CheckpointFile.Entry)));
        read.Checkpoints.Select(n => n.Checkpoint.Size).ShouldBe([3, 9, 90]);
        read.Checkpoints[1].Signatures.Count.ShouldBe(2);
        read.Torn.ShouldBeEmpty();
    }

    [Fact]
    public void A_note_alone_is_a_file_of_one_and_nothing_is_a_file_of_none()
    {
        CheckpointFile.Read(Notes()[0].Text).Checkpoints.Count.ShouldBe(1);
        CheckpointFile.Read("").Checkpoints.ShouldBeEmpty();
    }

    [Fact]
    public void Wherever_a_crash_cuts_the_last_note_those_before_it_are_read()
    {
        var (whole, last) = (string.Concat(Notes()[..2].Select(CheckpointFile.Entry)), CheckpointFile.Entry(Notes()[2]));
        for (var length = 0; length < last.Length - 1; length++)
        {
            var read = CheckpointFile.Read(whole + last[..length]);
            read.Checkpoints.Count.ShouldBe(2, $"cut after {length}");
            read.Torn.ShouldBe(last[..length]);
        }
        CheckpointFile.Read(whole + last[..^1]).Checkpoints.Count.ShouldBe(3, "All but the empty line behind it.");
    }

    [Fact]
    public void What_is_no_note_anywhere_else_is_refused()
    {
        var entries = Notes().Select(CheckpointFile.Entry).ToArray();
        Should.Throw<FormatException>(() => CheckpointFile.Read(entries[0][..^30] + entries[1]));
        Should.Throw<FormatException>(() => CheckpointFile.Read("words\n\nmore\n\n" + entries[1]));
        Should.Throw<FormatException>(() => CheckpointFile.Read(entries[0] + "words\n\nmore\n"));
    }

    public void Dispose()
    {
        _key.Dispose();
        _next.Dispose();
    }
}
