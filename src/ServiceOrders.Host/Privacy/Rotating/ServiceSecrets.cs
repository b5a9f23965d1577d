using Npgsql;
using ServiceOrders.Domain;

namespace ServiceOrders.Host.Privacy;

/// <summary>Small secrets of the service itself, made once and stored wrapped by the master key, each bound to its name. They stay what they are when the master key is changed.</summary>
/// <param name="database">Where <c>privacy.secrets</c> is.</param>
/// <param name="keys">Wrap them.</param>
/// <param name="time">The clock.</param>
public sealed class ServiceSecrets(NpgsqlDataSource database, MasterKeys keys, TimeProvider time)
{
    /// <summary>The secret of a name, made where there is none; of several that make it at once, one prevails.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="make">Makes it.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="MasterKeyMissingException">It is wrapped by a key that this node was not given.</exception>
    public async Task<byte[]> GetOrCreateAsync(string name, Func<byte[]> make, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(make);
        if (await FindAsync(name, cancellation) is { } known) return known;
        var master = keys.Wrapping;
        await using var insert = database.CreateCommand("insert into privacy.secrets (name, wrapped, master_key_id, created_at) values ($1, $2, $3, $4) on conflict (name) do nothing");
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = master.Wrap(BoundTo(name), make()) });
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = master.Id });
        insert.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.Now().UtcDateTime });
        await insert.ExecuteNonQueryAsync(cancellation);
        return (await FindAsync(name, cancellation))!;
    }

    /// <summary>The secret of a name; null: there is none.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="MasterKeyMissingException">It is wrapped by a key that this node was not given.</exception>
    public async Task<byte[]?> FindAsync(string name, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("select wrapped, master_key_id from privacy.secrets where name = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? keys.Of(reader.GetString(1)).Unwrap(BoundTo(name), reader.GetFieldValue<byte[]>(0)) : null;
    }

    /// <summary>What a wrapped secret is bound to.</summary>
    internal static Guid BoundTo(string name) => StreamIds.IdOf("secret", name);
}
