using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// A read model that is written inline (see <see cref="InlineTable"/>) and can be rebuilt from the events while it serves. Its rows depend on one stream each.
/// It lives in a table per generation, behind a view.
/// </summary>
public interface IInlineReadModel
{
    /// <summary>Names it in logs.</summary>
    string Name { get; }

    /// <summary>The types of the streams that it is made of; others are not read for it. Null: all.</summary>
    IReadOnlyCollection<string>? StreamTypes => null;

    /// <summary>Makes the empty tables of a generation; those that an abandoned rebuild left are dropped first.</summary>
    Task CreateAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation);

    /// <summary>Folds streams to rows, which is done beside the writing of the page before; what it returns writes them.</summary>
    /// <param name="streams">Whole streams, of the types that any of the read models is made of.</param>
    /// <param name="cancellation">Cancels.</param>
    WriteRows Fold(IReadOnlyList<StreamHistory> streams, CancellationToken cancellation);

    /// <summary>Makes what the first pass did without, such as indexes. Asked for when all rows of that pass are there; again where a rebuild was interrupted meanwhile.</summary>
    Task CompleteAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation);

    /// <summary>Points the views at a generation. Appends stand still meanwhile: it must be a matter of milliseconds.</summary>
    Task SwitchAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation);

    /// <summary>Drops a generation's tables, if they exist.</summary>
    Task DropAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation);
}

/// <summary>Writes rows that were folded into a generation.</summary>
/// <param name="generation">The generation.</param>
/// <param name="replace">Whether rows of these streams may be there already and are to be replaced; false in the first pass, where <c>COPY</c> serves best.</param>
/// <param name="connection">In a transaction that the rebuild commits.</param>
/// <param name="cancellation">Cancels.</param>
public delegate Task WriteRows(int generation, bool replace, NpgsqlConnection connection, CancellationToken cancellation);

/// <summary>How far a rebuild is.</summary>
/// <param name="Phase">What it is at.</param>
/// <param name="Streams">Streams folded in the first pass.</param>
/// <param name="Events">Their events.</param>
public sealed record RebuildProgress(RebuildPhase Phase, long Streams, long Events);

/// <summary>What a rebuild is at.</summary>
public enum RebuildPhase
{
    /// <summary>All events are read once.</summary>
    FirstPass,
    /// <summary>What was appended meanwhile.</summary>
    CatchingUp,
    /// <summary>The new generation serves.</summary>
    Switched,
}

/// <summary>Another rebuild is running on this database.</summary>
public sealed class RebuildRunningException() : Exception("Another rebuild is running on this database.");
