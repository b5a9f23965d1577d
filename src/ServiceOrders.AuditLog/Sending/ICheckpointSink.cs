using ServiceOrders.AuditLog.Signing;

namespace ServiceOrders.AuditLog.Sending;

/// <summary>A place outside of the database where checkpoints are kept, so that not even its administrator can rewrite the past unseen.</summary>
public interface ICheckpointSink
{
    /// <summary>Names its row in <c>audit.sinks</c>; never changes, tells no secret.</summary>
    string Name { get; }

    /// <summary>
    /// The note of the last checkpoint that is there, by the place's own word; null: there is none, or the place cannot be asked. Before anything new is signed it is checked against
    /// this one too: a database that was restored, or written anew, does not fit to it.
    /// </summary>
    /// <exception cref="IOException">The place does not answer, or what is there is no checkpoint.</exception>
    ValueTask<string?> LastNoteAsync(CancellationToken cancellation);

    /// <summary>Whether <see cref="LastNoteAsync"/> can tell. Where it cannot, what was sent is remembered in the database alone.</summary>
    bool CanBeAsked { get; }

    /// <summary>Brings a checkpoint there, for good when this returns. The same one may be brought twice, always with the same bytes.</summary>
    /// <exception cref="IOException">It could not be brought there.</exception>
    /// <exception cref="HttpRequestException">It could not be brought there.</exception>
    /// <exception cref="TornEntryException">There is the beginning of another one.</exception>
    Task SendAsync(StoredCheckpoint checkpoint, CancellationToken cancellation);
}

/// <summary>What is there ends in the beginning of an entry that is not the one to be sent: another one has to be completed first, if it is one.</summary>
/// <param name="message">Where.</param>
/// <param name="torn">The beginning.</param>
public sealed class TornEntryException(string message, byte[] torn) : IOException(message)
{
    /// <summary>The beginning.</summary>
    public byte[] Torn => torn;
}
