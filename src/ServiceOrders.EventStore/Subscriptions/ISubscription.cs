using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>Follows all events in global order: a projection, or anything else that keeps what it does in this database.</summary>
public interface ISubscription
{
    /// <summary>Names its checkpoint; never changes.</summary>
    string Name { get; }

    /// <summary>The types of events that it is given (<c>type</c> of <c>mt_events</c>); null: all. The others are not read for it.</summary>
    IReadOnlyCollection<string>? Types => null;

    /// <summary>
    /// Applies events. What it writes on this transaction is committed together with the checkpoint, so each event counts once, however many nodes run it.
    /// An exception rolls all of it back.
    /// </summary>
    /// <param name="events">In order, following those of the call before.</param>
    /// <param name="connection">The connection to write on.</param>
    /// <param name="transaction">Its transaction; committed by the runner.</param>
    /// <param name="cancellation">Cancels.</param>
    Task HandleAsync(IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation);
}

/// <summary>
/// Follows all events in global order like <see cref="ISubscription"/>, and reads them itself, in whatever form it needs them: all of them, Marten's tombstones too.
/// </summary>
public interface IRawSubscription
{
    /// <summary>Names its checkpoint; never changes.</summary>
    string Name { get; }

    /// <summary>Reads and applies a range of events. What it writes on this transaction is committed together with the checkpoint; an exception rolls all of it back.</summary>
    /// <param name="range">Which events, following those of the call before.</param>
    /// <param name="connection">The connection to read and write on.</param>
    /// <param name="transaction">Its transaction; committed by the runner.</param>
    /// <param name="cancellation">Cancels.</param>
    Task HandleAsync(EventRange range, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation);
}

/// <summary>Events in global order. Appends commit in that order, so a range that was seen never gains an event.</summary>
/// <param name="After">The position before them.</param>
/// <param name="Last">The position of the last.</param>
/// <param name="Count">How many they are.</param>
public sealed record EventRange(long After, long Last, int Count);

/// <summary>
/// A projection that keeps its rows in tables per generation behind views, so that it can be rebuilt while it serves.
/// As a subscription it is run by <see cref="SubscriptionRunner"/> like any other, wrapped in <see cref="GenerationalSubscription"/>.
/// </summary>
public interface IGenerationalProjection
{
    /// <summary>Names its checkpoint and its generation; never changes.</summary>
    string Name { get; }

    /// <summary>As <see cref="ISubscription.Types"/>.</summary>
    IReadOnlyCollection<string>? Types => null;

    /// <summary>Makes the empty tables of a generation; those that an abandoned rebuild left are dropped first.</summary>
    Task CreateAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation);

    /// <summary>Applies events to a generation.</summary>
    Task ApplyAsync(int generation, IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation);

    /// <summary>Points the views at a generation.</summary>
    Task SwitchAsync(int generation, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation);

    /// <summary>Drops a generation's tables, if they exist.</summary>
    Task DropAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation);
}

/// <summary>Runs a generational projection as a subscription: events go into the current generation, which cannot change while the checkpoint's row is held.</summary>
public sealed class GenerationalSubscription(IGenerationalProjection projection) : ISubscription
{
    /// <inheritdoc/>
    public string Name => projection.Name;

    /// <inheritdoc/>
    public IReadOnlyCollection<string>? Types => projection.Types;

    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        var generation = await Generations.CurrentAsync(projection.Name, connection, cancellation).ConfigureAwait(false);
        await projection.ApplyAsync(generation, events, connection, transaction, cancellation).ConfigureAwait(false);
    }
}

/// <summary>The generations that serve: of the inline read models together (<c>inline</c>), and of each generational projection.</summary>
public static class Generations
{
    /// <summary>The name under which the inline read models' generation is kept.</summary>
    public const string Inline = "inline";

    /// <summary>The current generation; 1 before the first rebuild.</summary>
    public static async Task<int> CurrentAsync(string name, NpgsqlConnection connection, CancellationToken cancellation = default)
    {
        await using var command = new NpgsqlCommand("select current from events.generations where name = $1", connection) { Parameters = { new() { Value = name } } };
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) as int? ?? 1;
    }

    internal static async Task SetAsync(string name, int generation, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "insert into events.generations (name, current) values ($1, $2) on conflict (name) do update set current = excluded.current, switched_at = now()", connection)
        {
            Parameters = { new() { Value = name }, new() { Value = generation } },
        };
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}
