using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Evidence;

/// <summary>What one needs to prove a ticket's history, or a monthly sample's, to somebody who has neither the database nor the network.</summary>
/// <param name="TicketId">The ticket's stream, or the sample's.</param>
/// <param name="Number">统一的服务申请编号, as its first event has it; a sample's month.</param>
/// <param name="Checkpoint">The signed checkpoint that all proofs lead to.</param>
/// <param name="Keys">The public keys of those who signed, at least one.</param>
/// <param name="Events">The ticket's events from version 1 on, without a gap.</param>
/// <param name="Rules">The events of policies and calendars that the ticket's deadlines came from, in order of position.</param>
public sealed record EvidenceBundle(Guid TicketId, string Number, SignedNote Checkpoint, IReadOnlyList<VerificationKey> Keys, IReadOnlyList<ProvenEvent> Events, IReadOnlyList<ProvenEvent> Rules);

/// <summary>An event and the proof that it is in the log.</summary>
/// <param name="Event">The event.</param>
/// <param name="LeafIndex">Its leaf.</param>
/// <param name="InclusionPath">The proof, from the leaf upwards, in the tree of the bundle's checkpoint.</param>
public sealed record ProvenEvent(EventRecord Event, long LeafIndex, IReadOnlyList<TreeHash> InclusionPath);

/// <summary>A bundle as a file: its content, and who signed its bytes.</summary>
/// <param name="Content">What it says.</param>
/// <param name="SignedBy">The id of the key.</param>
/// <param name="SignedLength">How many bytes from the start are signed.</param>
/// <param name="Signature">Their signature.</param>
public sealed record SignedBundle(EvidenceBundle Content, string SignedBy, int SignedLength, byte[] Signature);
