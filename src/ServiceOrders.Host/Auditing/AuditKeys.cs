using ServiceOrders.Audit.Keys;
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
/// Brings this node's signing key into the log: the first one, or one that replaces the key in use. An event tells it, so that the key is itself in the log that it signs; the table of keys
/// follows from the event.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="streams">The streams.</param>
/// <param name="keys">This node's keys.</param>
public sealed class AuditKeys(StoreDatabase database, ConfiguredStreams streams, SigningKeys keys) : IDisposable
{
    private static readonly ChangeRequest AtStart = new(new Actor(ActorKind.System, "start"));
    private static readonly StreamKind<AuditKeyHistory, IAuditKeyEvent> Kind =
        new("audit", AuditKeyHistory.Unkeyed, (history, happened, meta) => history.Evolve(happened, meta), history => history.Version, (_, _) => []);

    private readonly KeyTable _table = new(database.Pooled);
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
        if (MayIntroduce(history))
        {
            try
            {
                history = await IntroduceAsync(AtStart, cancellation);
            }
            catch (ProblemException lost) when (lost.Problem.Type.Code is "audit-key-known" or "audit-key-replaced")
            {
                // Another node was faster. Where its key is another one, this node signs nothing and tells so.
                history = await streams.LoadAsync(Kind, StreamId, cancellation: cancellation);
            }
        }
        await RecordAsync(history, cancellation);
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
        history = await IntroduceAsync(request, cancellation);
        await RecordAsync(history, cancellation);
        return history.InUse!;
    }

    private bool MayIntroduce(AuditKeyHistory history) =>
        keys.Current is { } current && !history.Knows(current.Id) && (history.InUse is null || history.InUse == keys.Previous?.Id);

    private async Task<AuditKeyHistory> IntroduceAsync(ChangeRequest request, CancellationToken cancellation)
    {
        var (current, previous) = (keys.Current!, keys.Previous);
        var handover = previous is null ? null : KeyHandover.Sign(await _log.IdAsync(cancellation), previous, current, (await _checkpoints.LatestAsync(cancellation))?.Size ?? 0).Text;
        return await streams.CreateAsync(Kind, AuditKeyHistory.Name, request,
            known => known.InUse is null ? known.Introduce(current.Id, current.Public.Pem, null, null) : known.Introduce(current.Id, current.Public.Pem, previous?.Id, handover), cancellation);
    }

    /// <summary>The table follows from the events, also where an earlier process ended in between.</summary>
    private async Task RecordAsync(AuditKeyHistory history, CancellationToken cancellation)
    {
        for (var i = 0; i < history.Keys.Length; i++)
            await _table.AddAsync(new IntroducedKey(history.Keys[i].Id, i + 1, VerificationKey.FromPem(history.Keys[i].PublicKey), history.Keys[i].IntroducedAt, history.Keys[i].Handover), cancellation);
    }

    private static ProblemException Refused(string detail) => new(new Problem(ProblemTypes.StateForbids, detail));
}
