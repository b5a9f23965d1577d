using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.Domain.AuditKeys;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Auditing;

/// <summary>
/// Brings this node's signing key into the log: the first one, or one that replaces the key in use. An event tells it, so that the key is itself in the log that it signs; its row in the table of keys
/// is written in the same append. No node signs meanwhile: what a key hands over with is the last checkpoint that it has signed, and stays that.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="streams">The streams.</param>
/// <param name="keys">This node's keys.</param>
public sealed class AuditKeys(StoreDatabase database, ConfiguredStreams streams, SigningKeys keys) : IDisposable
{
    private static readonly ChangeRequest AtStart = new(new Actor(ActorKind.System, "start"));
    private static readonly StreamKind<AuditKeyHistory, IAuditKeyEvent> Kind =
        new("audit", AuditKeyHistory.Unkeyed, (history, happened, meta) => history.Evolve(happened, meta), history => history.Version, (_, history) => [KeyRows.Of(Newest(history))]);

    private readonly CheckpointTable _checkpoints = new(database.Pooled);
    private readonly LogReader _log = new(database.Pooled);
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>The stream of the keys.</summary>
    public static Guid StreamId => Kind.IdOf(AuditKeyHistory.Name);

    /// <summary>The keys that this node is set up with.</summary>
    /// <exception cref="StartRefusedException">What is configured, or lies in the data directory, is no key.</exception>
    public static SigningKeys Load(AuditSettings settings, ServiceOrdersOptions options)
    {
        try
        {
            return settings.SigningKey is { } given ? SigningKeys.Given(given, settings.PreviousSigningKey) : SigningKeys.KeptIn(Path.Combine(options.DataDirectory, "keys"));
        }
        catch (FormatException)
        {
            throw new StartRefusedException("The audit log's signing key (Audit__SigningKey, Audit__PreviousSigningKey, or keys/audit-signing.pem in the data directory) is no PKCS#8 private key on P-256 in PEM.");
        }
    }

    /// <summary>
    /// At the start: makes and introduces the first key of a log that has none, or introduces the one that this node was given in place of the key in use. A node that has neither changes nothing here:
    /// it signs nothing, and tells so.
    /// </summary>
    public async Task EnsureAsync(CancellationToken cancellation)
    {
        var history = await streams.LoadAsync(Kind, StreamId, cancellation: cancellation);
        if (history.InUse is null) keys.MakeFirst();
        if (history.InUse is { } inUse && inUse == keys.Current?.Id) keys.Introduced();
        if (!MayIntroduce(history)) return;
        try
        {
            await IntroduceAsync(AtStart, cancellation);
        }
        catch (ProblemException lost) when (lost.Problem.Type.Code is "audit-key-known" or "audit-key-replaced")
        {
            // Another node was faster. Where its key is another one, this node signs nothing and tells so.
        }
    }

    /// <summary>Makes a new key in place of the one in use.</summary>
    /// <returns>The new one's id.</returns>
    /// <exception cref="ProblemException">409: keys are given by the operator, this node does not have the one in use, or that one has signed nothing yet.</exception>
    public async Task<string> RotateAsync(ChangeRequest request, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await RotateInTurnAsync(request, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<string> RotateInTurnAsync(ChangeRequest request, CancellationToken cancellation)
    {
        if (!keys.AreKept) throw Refused("The key comes from the service's settings. Set Audit__SigningKey to a new one and Audit__PreviousSigningKey to the one in use, and restart every node.");
        var history = await streams.LoadAsync(Kind, StreamId, cancellation: cancellation);
        // A rotation that got no further than the files is gone on with.
        if (!MayIntroduce(history))
        {
            if (keys.Current is null || history.InUse != keys.Current.Id) throw Refused("This node does not have the key in use. Ask the one that has.");
            // Only the key before is kept. Before the one in use has signed a checkpoint together with that, nothing could follow the last checkpoint if that were given up.
            if (keys.Previous is not null && (await _checkpoints.LatestAsync(cancellation))?.KeyId is { } last && last != keys.Current.Id)
                throw Refused("The key was changed a moment ago and has signed no checkpoint yet. Ask for a checkpoint first (POST /v1/audit/checkpoints).");
            keys.Rotate();
        }
        return (await IntroduceAsync(request, cancellation)).InUse!;
    }

    private bool MayIntroduce(AuditKeyHistory history) =>
        keys.Current is { } current && !history.Knows(current.Id) && (history.InUse is null || history.InUse == keys.Previous?.Id);

    private Task<AuditKeyHistory> IntroduceAsync(ChangeRequest request, CancellationToken cancellation) => CheckpointSigner.WhileNobodySignsAsync(database.Background, async () =>
    {
        var (current, previous) = (keys.Current!, keys.Previous);
        var last = await _checkpoints.LatestAsync(cancellation);
        var handover = previous is null ? null : KeyHandover.Sign(await _log.IdAsync(cancellation), previous, current, last?.Size ?? 0, last?.Root ?? Hashing.Empty).Text;
        var history = await streams.CreateAsync(Kind, AuditKeyHistory.Name, request,
            known => known.InUse is null ? known.Introduce(current.Id, current.Public.Pem, null, null) : known.Introduce(current.Id, current.Public.Pem, previous?.Id, handover), cancellation);
        keys.Introduced();
        return history;
    }, cancellation);

    private static IntroducedKey Newest(AuditKeyHistory history)
    {
        var key = history.Keys[^1];
        return new IntroducedKey(key.Id, history.Keys.Length, VerificationKey.FromPem(key.PublicKey), key.IntroducedAt, key.Handover);
    }

    private static ProblemException Refused(string detail) => new(new Problem(ProblemTypes.StateForbids, detail));
}
