using Npgsql;
using NpgsqlTypes;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels;

/// <summary>Columns of a batch of rows as array parameters: one statement for all rows, its text the same for every batch, so that it is prepared once.</summary>
/// <typeparam name="TRow">The rows' type.</typeparam>
/// <param name="rows">The rows, each with its ordinal in the batch.</param>
internal sealed class Columns<TRow>(IReadOnlyList<OrdinalRow> rows)
{
    private readonly List<NpgsqlParameter> _parameters = [];

    /// <summary>The ordinals, as the first parameter.</summary>
    public Columns<TRow> Ordinals()
    {
        var values = new int[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = rows[i].Ordinal;
        return Add(values, NpgsqlDbType.Integer);
    }

    public Columns<TRow> Text(Func<TRow, string?> column) => Add(Of(column), NpgsqlDbType.Text);

    public Columns<TRow> Id(Func<TRow, Guid> column) => Add(Of(column), NpgsqlDbType.Uuid);

    public Columns<TRow> Id(Func<TRow, Guid?> column) => Add(Of(column), NpgsqlDbType.Uuid);

    public Columns<TRow> Long(Func<TRow, long> column) => Add(Of(column), NpgsqlDbType.Bigint);

    public Columns<TRow> Int(Func<TRow, int> column) => Add(Of(column), NpgsqlDbType.Integer);

    public Columns<TRow> Short(Func<TRow, short> column) => Add(Of(column), NpgsqlDbType.Smallint);

    public Columns<TRow> Flag(Func<TRow, bool> column) => Add(Of(column), NpgsqlDbType.Boolean);

    /// <summary><see cref="DateTimeOffset.MaxValue"/> becomes <c>infinity</c>.</summary>
    public Columns<TRow> Instant(Func<TRow, DateTimeOffset> column) => Add(Of(row => column(row).UtcDateTime), NpgsqlDbType.TimestampTz);

    public Columns<TRow> Instant(Func<TRow, DateTimeOffset?> column) => Add(Of(row => column(row)?.UtcDateTime), NpgsqlDbType.TimestampTz);

    /// <summary>The statement with these parameters.</summary>
    public NpgsqlBatchCommand Command(string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in _parameters) command.Parameters.Add(parameter);
        return command;
    }

    private T[] Of<T>(Func<TRow, T> column)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = column((TRow)rows[i].Row);
        return values;
    }

    private Columns<TRow> Add<T>(T[] values, NpgsqlDbType type)
    {
        _parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
        return this;
    }
}
