using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.EventStore;

/// <summary>An array parameter over a list that is kept from batch to batch.</summary>
internal abstract class ListColumn
{
    public abstract NpgsqlParameter Parameter { get; }
    public abstract void Clear();
}

/// <inheritdoc/>
internal sealed class ListColumn<T> : ListColumn
{
    public ListColumn(NpgsqlDbType element) => Parameter = new NpgsqlParameter<List<T>> { NpgsqlDbType = NpgsqlDbType.Array | element, TypedValue = Items };

    public List<T> Items { get; } = [];
    public override NpgsqlParameter Parameter { get; }
    public override void Clear() => Items.Clear();
}
