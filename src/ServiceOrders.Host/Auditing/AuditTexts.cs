namespace ServiceOrders.Host.Auditing;

/// <summary>What the OpenAPI document says of the audit log's operations.</summary>
internal static class AuditTexts
{
    public const string Log = """
        Every event enters a Merkle tree (RFC 9162, 2.1), whose root is signed at an interval: whoever changes, removes, inserts or reorders an event afterwards contradicts a signature. That the end
        of the log was cut off, or an old backup restored, shows only against a checkpoint that lies outside of the database: `notYetProtected` counts the events after the last one. `refusals` is empty
        unless something was found that contradicts what was signed before.
        """;

    public const string Checkpoints = """
        A note is five lines of text (the log, how many events, the root in base64, when, the position of the last event), an empty line, and a line `— <key id> <signature>` for each key that
        signed: ECDSA on P-256 with SHA-256, over the five lines, in the form of IEEE P1363, base64. Keep notes where the database's administrator cannot reach them.
        """;

    public const string Rotation = """
        Only where the key was made by the service itself and lies in the data directory of the node that is asked; a key from the settings is replaced there. The event `audit_key_introduced` tells it.
        Each call makes a new key.
        """;

    public const string Inclusion = """
        Against the last checkpoint; where that does not cover the event yet, one is signed for it. 503 where the log is behind. The leaf's hash is SHA-256 of a zero byte and the event's columns as
        PostgreSQL's binary COPY emits them, a node's of a one byte and the two below it.
        """;

    public const string Consistency = """
        With the note of a checkpoint that was kept, its size as `from`, and the last checkpoint: where the proof leads from the one root to the other, nothing of what the earlier one
        covers was changed, removed or inserted since.
        """;

    public const string Verifications = """
        A verification re-reads every event and lays it beside its leaf in the log, the log beside every checkpoint that was signed, and those beside the checkpoints that are kept outside. The service does
        one after the other by itself, slowly; one that is asked for goes first and as fast as it can. It only reads, and what is appended meanwhile is the next one's. `service-orders audit verify` does the
        same without the service.
        """;

    public const string Findings = """
        `changed`: an event is not what entered the log. `removed`: an event of the log is gone. `inserted`: an event never entered it. `moved`: an event, or a part of it, stands in another's place.
        `earlyDeletion`: deleted before its three years. `truncated`: the end is missing. `logAltered`: the log's own hashes do not give what was signed. `checkpointForged`: a checkpoint that no key of this log
        signed. `forked`: a checkpoint outside says something else of the past: it was rewritten, or an old backup continued. What was found stays here; `standing` tells whether it is still so.
        """;

    public const string SampleEvidence = """
        The same file as of a ticket, of the sample's stream: the event that fixed the seed, as stored, its proof, and the first signed checkpoint that covers it. Signed before the month began, it
        proves that the seed was fixed before anybody could know what it would draw, to whoever has the key or that checkpoint from elsewhere. Where the signing key was changed since, the file is signed by another key than that
        checkpoint: give both keys. `service-orders sample redo --evidence` compares the draw with it.
        """;

    public const string Evidence = """
        One file that `service-orders verify` checks without database or network: the ticket's events as they are stored (personal data sealed), their proofs, a signed checkpoint that covers the last of
        them, the public keys, and the versions of policies and calendars that its deadlines name. Where the log has not come as far as the ticket's last event, the answer waits a few
        seconds for it, then is 503. The text is signed as a whole: it is to be kept byte for byte.
        """;
}
