using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// A table that is written in the append's own transaction, set-based: one statement for all rows of a batch. Must lock nothing but rows that belong to the
/// appended streams, because no order is kept between them; whoever needs another lock takes a place in the lock order (README).
/// </summary>
public abstract class InlineTable
{
    /// <summary>
    /// The ordinals of the appends that go: <c>where r.ordinal = any (…)</c>. <c>events.accepted()</c> is an <c>int[]</c> of this transaction; the sub-select makes
    /// PostgreSQL read it once instead of once per row.
    /// </summary>
    public const string Accepted = "any ((select events.accepted())::int[])";

    /// <summary>Names the table in logs and metrics.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The statement that writes a batch's rows. Rows of appends that were refused must not be written: the statement restricts itself with
    /// <c>where ordinal = </c><see cref="Accepted"/>. Its text is the same whatever the number of rows (arrays and <c>unnest</c>), so that it stays prepared; the command
    /// object is a new one each time.
    /// </summary>
    /// <param name="rows">The rows, each with the ordinal of its append.</param>
    /// <param name="generation">The current generation of the inline read models, locked for this transaction.</param>
    public abstract NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation);
}

/// <summary>A row for an inline table; its type is the table's business.</summary>
/// <param name="Table">The table.</param>
/// <param name="Row">The row.</param>
public readonly record struct InlineRow(InlineTable Table, object Row);

/// <summary>A row with the ordinal of its append within the batch.</summary>
/// <param name="Ordinal">From 1.</param>
/// <param name="Row">The row.</param>
public readonly record struct OrdinalRow(int Ordinal, object Row);
