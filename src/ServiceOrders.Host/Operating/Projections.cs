using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Operating;

/// <summary>What operators see of the read models: the inline ones, which are never behind, and those that follow by subscription.</summary>
/// <param name="database">The database.</param>
/// <param name="runners">Those that follow.</param>
/// <param name="rebuilds">Rebuilds on this node.</param>
public sealed class Projections(StoreDatabase database, SubscriptionRunner[] runners, Rebuilds rebuilds)
{
    private readonly SubscriptionState _state = new(database);

    /// <summary>Whether there is a read model, or group of them, of that name.</summary>
    public bool Knows(string name) => name == Generations.Inline || runners.Any(runner => runner.Name == name);

    /// <summary>All of them.</summary>
    public async Task<IReadOnlyList<ProjectionView>> ListAsync(CancellationToken cancellation)
    {
        List<ProjectionView> views = [await InlineAsync(cancellation)];
        foreach (var runner in runners) views.Add(await FollowingAsync(runner.Name, cancellation));
        return views;
    }

    /// <summary>Lets a stopped one try again; null: it is not stopped.</summary>
    public async Task<ProjectionView?> ResumeAsync(string name, CancellationToken cancellation) =>
        name != Generations.Inline && await _state.ResumeAsync(name, cancellation) ? await FollowingAsync(name, cancellation) : null;

    private async Task<ProjectionView> InlineAsync(CancellationToken cancellation) =>
        new(Generations.Inline, await GenerationAsync(Generations.Inline, cancellation), true, null, 0, null, false, null, null, rebuilds.StatusOf(Generations.Inline));

    private async Task<ProjectionView> FollowingAsync(string name, CancellationToken cancellation)
    {
        var status = await _state.ReadAsync(name, cancellation);
        return new ProjectionView(name, await GenerationAsync(name, cancellation), false, status.Position, status.Behind, status.OldestMissing, status.Stopped,
            status.StoppedPosition, status.Error, rebuilds.StatusOf(name));
    }

    private async Task<int> GenerationAsync(string name, CancellationToken cancellation)
    {
        await using var connection = await database.Pooled.OpenConnectionAsync(cancellation);
        return await Generations.CurrentAsync(name, connection, cancellation);
    }
}

/// <summary>A read model.</summary>
/// <param name="Name">Its name; <c>inline</c> stands for those written with the events.</param>
/// <param name="Generation">The generation that serves, from 1.</param>
/// <param name="Inline">Written in the append itself: never behind.</param>
/// <param name="Position">The last event applied; null for inline ones.</param>
/// <param name="Behind">Events not yet applied, counted up to 100,000.</param>
/// <param name="OldestMissing">When the oldest of them was recorded.</param>
/// <param name="Stopped">An event could not be applied; it waits to be resumed.</param>
/// <param name="StoppedPosition">Which.</param>
/// <param name="Error">The kind of error.</param>
/// <param name="Rebuild">The last rebuild on this node.</param>
public sealed record ProjectionView(string Name, int Generation, bool Inline, long? Position, long Behind, DateTimeOffset? OldestMissing, bool Stopped, long? StoppedPosition, string? Error, RebuildStatus? Rebuild);
