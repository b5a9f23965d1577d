using System.Globalization;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Auditing;

/// <summary><c>/v1/audit/proofs</c>: that an event is in the log, and that the log of today continues the log of then (row A2).</summary>
public static class AuditProofEndpoints
{
    private static readonly QueryParameter Position = new("position", typeof(long), "The event's position, as histories and the event search name it.");
    private static readonly QueryParameter From = new("from", typeof(long), "Events in the earlier state, such as the size of a checkpoint that was kept.");
    private static readonly QueryParameter To = new("to", typeof(long), "Events in the later state; left out: that of the last checkpoint.");

    /// <summary>Maps them.</summary>
    public static void MapAuditProofs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/audit/proofs/inclusion", InclusionAsync).Describe("proveInclusion", AuditLogEndpoints.Tag, "Proves that an event is in the log.", AuditTexts.Inclusion).ForAuditing()
            .Query(Position).Answers<InclusionView>(200, "The proof.").Refuses(ProblemTypes.NotFound, ProblemTypes.SigningRefused, ProblemTypes.AuditLogBehind);
        routes.MapGet("/v1/audit/proofs/consistency", ConsistencyAsync).Describe("proveConsistency", AuditLogEndpoints.Tag, "Proves that an earlier state of the log is the beginning of a later one.", AuditTexts.Consistency)
            .ForAuditing().Query(From, To).Answers<ConsistencyView>(200, "The proof.").Refuses(ProblemTypes.NotFound);
    }

    private static async Task<IResult> InclusionAsync(HttpContext http, AuditProofs proofs)
    {
        var position = Query.Of(http).Number("position", 1, long.MaxValue) ?? throw Missing("position");
        return await proofs.InclusionAsync(position, http.RequestAborted) is { } proof ? new Answer(proof) : new Problem(ProblemTypes.NotFound, "No event of that position is in the log.");
    }

    private static async Task<IResult> ConsistencyAsync(HttpContext http, LogReader log, CheckpointTable checkpoints, INodeSource nodes)
    {
        var query = Query.Of(http);
        var from = query.Number("from", 0, long.MaxValue) ?? throw Missing("from");
        var to = query.Number("to", 0, long.MaxValue) ?? (await checkpoints.LatestAsync(http.RequestAborted))?.Size ?? 0;
        if (from > to) throw new ProblemException(Problem.With(ProblemTypes.InvalidParameter, "from", "must not be more than to"));
        var extent = await log.ExtentAsync(http.RequestAborted);
        if (to > extent.Size) return new Problem(ProblemTypes.NotFound, string.Create(CultureInfo.InvariantCulture, $"The log has {extent.Size} events."));
        var path = await ProofBuilder.ConsistencyAsync(nodes, from, to, http.RequestAborted);
        return new Answer(new ConsistencyView(from, (await ProofBuilder.RootAsync(nodes, from, http.RequestAborted)).ToBase64(),
            to, (await ProofBuilder.RootAsync(nodes, to, http.RequestAborted)).ToBase64(), [.. path.Select(hash => hash.ToBase64())]));
    }

    private static ProblemException Missing(string name) => new(Problem.With(ProblemTypes.InvalidParameter, name, "is missing"));
}

/// <summary>Proofs against a signed checkpoint.</summary>
/// <param name="log">What stands where.</param>
/// <param name="nodes">The tree.</param>
/// <param name="worker">Brings about a checkpoint where one is needed.</param>
public sealed class AuditProofs(LogReader log, INodeSource nodes, CheckpointWorker worker)
{
    /// <summary>How long a request waits for the log to come as far as the event that it is about.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A checkpoint that covers a position: the last one, or one that is signed for it.</summary>
    /// <exception cref="ProblemException">503: the log is behind; 409: signing is refused.</exception>
    public async Task<StoredCheckpoint> CoverAsync(long position, CancellationToken cancellation)
    {
        var outcome = await worker.CoverAsync(position, Patience, cancellation);
        if (outcome.Refusal is { } refusal) throw new ProblemException(new Problem(ProblemTypes.SigningRefused, refusal.Detail));
        return outcome.Checkpoint ?? throw new ProblemException(new Problem(ProblemTypes.AuditLogBehind) { RetryAfter = 5 });
    }

    /// <summary>That an event is in the log; null: no event of that position is.</summary>
    /// <exception cref="ProblemException">As for <see cref="CoverAsync"/>.</exception>
    public async Task<InclusionView?> InclusionAsync(long position, CancellationToken cancellation)
    {
        if (!(await log.LeavesOfAsync([position], cancellation)).TryGetValue(position, out var leaf)) return null;
        var checkpoint = await CoverAsync(position, cancellation);
        var hash = (await nodes.ReadAsync([new TreeNode(0, leaf)], cancellation))[0];
        var path = leaf < checkpoint.Size ? await ProofBuilder.InclusionAsync(nodes, leaf, checkpoint.Size, cancellation) : [];
        // What proves nothing is not handed out as a proof.
        if (!ProofVerifier.Includes(hash, leaf, checkpoint.Size, path, checkpoint.Root))
            throw new ProblemException(new Problem(ProblemTypes.LogContradicted, string.Create(CultureInfo.InvariantCulture, $"The log does not lead from leaf {leaf} to the root of its checkpoint of {checkpoint.Size} events.")));
        return new InclusionView(position, leaf, hash.ToBase64(), [.. path.Select(node => node.ToBase64())], CheckpointView.Of(checkpoint));
    }
}
