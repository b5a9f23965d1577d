using Npgsql;
using NpgsqlTypes;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels;

/// <summary>A column: how it is read off a row, to be written as one array for a batch or one value in a bulk copy.</summary>
/// <typeparam name="TRow">The rows' type.</typeparam>
/// <param name="name">Its name.</param>
internal abstract class Column<TRow>(string name)
{
    public string Name { get; } = name;

    public abstract NpgsqlParameter ArrayOf(IReadOnlyList<OrdinalRow> rows);

    public abstract Task CopyAsync(NpgsqlBinaryImporter copy, TRow row, CancellationToken cancellation);
}

/// <summary>A column of one type.</summary>
/// <typeparam name="TRow">The rows' type.</typeparam>
/// <typeparam name="T">The values' type.</typeparam>
/// <param name="name">Its name.</param>
/// <param name="type">PostgreSQL's type.</param>
/// <param name="value">Reads it off a row.</param>
internal sealed class Column<TRow, T>(string name, NpgsqlDbType type, Func<TRow, T> value) : Column<TRow>(name)
{
    public override NpgsqlParameter ArrayOf(IReadOnlyList<OrdinalRow> rows)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value((TRow)rows[i].Row);
        return new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }

    public override Task CopyAsync(NpgsqlBinaryImporter copy, TRow row, CancellationToken cancellation) =>
        value(row) is { } present ? copy.WriteAsync(present, type, cancellation) : copy.WriteNullAsync(cancellation);
}

/// <summary>Several columns of a batch.</summary>
internal static class ColumnArrays
{
    /// <summary>A statement that takes the rows' ordinals as its first parameter and each column, as an array, as one more.</summary>
    public static NpgsqlBatchCommand Command<TRow>(this Column<TRow>[] columns, string sql, IReadOnlyList<OrdinalRow> rows)
    {
        var ordinals = new int[rows.Count];
        for (var i = 0; i < ordinals.Length; i++) ordinals[i] = rows[i].Ordinal;
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = ordinals });
        foreach (var column in columns) command.Parameters.Add(column.ArrayOf(rows));
        return command;
    }
}

/// <summary>The kinds of columns that read models have.</summary>
/// <typeparam name="TRow">The rows' type.</typeparam>
internal static class ColumnOf<TRow>
{
    public static Column<TRow> Id(string name, Func<TRow, Guid> value) => new Column<TRow, Guid>(name, NpgsqlDbType.Uuid, value);

    public static Column<TRow> Id(string name, Func<TRow, Guid?> value) => new Column<TRow, Guid?>(name, NpgsqlDbType.Uuid, value);

    /// <summary>For bulk copies.</summary>
    public static Column<TRow> Ids(string name, Func<TRow, Guid[]> value) => new Column<TRow, Guid[]>(name, NpgsqlDbType.Array | NpgsqlDbType.Uuid, value);

    public static Column<TRow> Text(string name, Func<TRow, string?> value) => new Column<TRow, string?>(name, NpgsqlDbType.Text, value);

    public static Column<TRow> Long(string name, Func<TRow, long> value) => new Column<TRow, long>(name, NpgsqlDbType.Bigint, value);

    public static Column<TRow> Int(string name, Func<TRow, int> value) => new Column<TRow, int>(name, NpgsqlDbType.Integer, value);

    public static Column<TRow> Int(string name, Func<TRow, int?> value) => new Column<TRow, int?>(name, NpgsqlDbType.Integer, value);

    public static Column<TRow> Short(string name, Func<TRow, short> value) => new Column<TRow, short>(name, NpgsqlDbType.Smallint, value);

    public static Column<TRow> Flag(string name, Func<TRow, bool> value) => new Column<TRow, bool>(name, NpgsqlDbType.Boolean, value);

    public static Column<TRow> Number(string name, Func<TRow, decimal?> value) => new Column<TRow, decimal?>(name, NpgsqlDbType.Numeric, value);

    /// <summary><see cref="DateTimeOffset.MaxValue"/> becomes <c>infinity</c>.</summary>
    public static Column<TRow> Instant(string name, Func<TRow, DateTimeOffset> value) => new Column<TRow, DateTime>(name, NpgsqlDbType.TimestampTz, row => value(row).UtcDateTime);

    public static Column<TRow> Instant(string name, Func<TRow, DateTimeOffset?> value) => new Column<TRow, DateTime?>(name, NpgsqlDbType.TimestampTz, row => value(row)?.UtcDateTime);
}
