using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Privacy;

/// <summary>The master key that a database is sealed with, as it is written down there.</summary>
/// <param name="Id">The one in force.</param>
/// <param name="NextId">The one that it is being changed to; null: it is not being changed.</param>
/// <param name="StartedAt">Since when it is being changed.</param>
public sealed record MasterKeyState(string Id, string? NextId, DateTimeOffset? StartedAt);

/// <summary>
/// Holds the database and the nodes' master keys together: the first start writes the key's id down, every later one must have that key, or be given it as the previous one, which begins a change.
/// A node that would seal with a key that is not in force must not start, and one that runs meanwhile cannot: the database refuses what it wraps.
/// </summary>
/// <param name="database">Where <c>privacy.master_key</c> is.</param>
/// <param name="keys">The node's keys.</param>
/// <param name="time">The clock.</param>
public sealed class MasterKeyRegister(NpgsqlDataSource database, MasterKeys keys, TimeProvider time)
{
    /// <summary>The channel on which nodes tell each other of changes and erasures.</summary>
    public const string News = "service_orders_privacy";
    /// <summary>What is told there when the key in force changes.</summary>
    public const string Changed = "master-key";

    private const string NotInForce = "SO005";

    /// <summary>Whether a write failed because it was wrapped by a key that is no longer in force.</summary>
    public static bool IsNotInForce(Exception failure) => failure switch
    {
        PostgresException { SqlState: NotInForce } => true,
        AppendFailedException { InnerException: PostgresException { SqlState: NotInForce } } => true,
        _ => false,
    };

    /// <summary>Checks the node's keys at its start, and begins a change where it was given the next one.</summary>
    /// <exception cref="StartRefusedException">They are not the database's.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        await ExecuteAsync("insert into privacy.master_key (id, first_used_at) values ($1, $2) on conflict do nothing", cancellation, keys.Own.Id, time.Now().UtcDateTime);
        await DemandInUseAsync(cancellation);
        var state = await ReadAsync(cancellation);
        if (state.Id != keys.Own.Id && state.NextId is null && keys.Knows(state.Id))
        {
            // Between the look above and this, another node may have ended the change that retired this node's key.
            await ExecuteAsync($"""
                with begun as (
                    update privacy.master_key set next_id = $1, rotation_started_at = $2
                    where id = $3 and next_id is null and not exists (select from privacy.retired_master_keys r where r.id = $1) returning id)
                select pg_notify('{News}', '{Changed}') from begun
                """, cancellation, keys.Own.Id, time.Now().UtcDateTime, state.Id);
            await DemandInUseAsync(cancellation);
            state = await ReadAsync(cancellation);
        }
        if (Refusal(state) is { } refusal) throw new StartRefusedException(refusal);
        Adopt(state);
    }

    /// <summary>Learns which key is in force now.</summary>
    public async Task<MasterKeyState> RefreshAsync(CancellationToken cancellation = default)
    {
        var state = await ReadAsync(cancellation);
        Adopt(state);
        return state;
    }

    /// <summary>What is written down.</summary>
    public async Task<MasterKeyState> ReadAsync(CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("select id, next_id, rotation_started_at from privacy.master_key");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation)) throw new InvalidOperationException("No master key is written down yet.");
        return new MasterKeyState(reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2));
    }

    private async Task DemandInUseAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select retired_at from privacy.retired_master_keys where id = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = keys.Own.Id });
        if (await command.ExecuteScalarAsync(cancellation) is DateTime retired)
            throw new StartRefusedException($"Master key {keys.Own.Id} was replaced on {retired:yyyy-MM-dd}. Set ServiceOrders__MasterKey to the one that replaced it.");
    }

    private string? Refusal(MasterKeyState state)
    {
        if (!keys.Knows(state.Id))
        {
            return state.NextId == keys.Own.Id
                ? $"Keys are left that master key {state.Id} wrapped. Set ServiceOrders__PreviousMasterKey to it until the change is done."
                : $"This database was sealed with master key {state.Id}; the one at hand is {keys.Own.Id}. Set ServiceOrders__MasterKey, or restore keys/master.key.";
        }
        return state.NextId is { } next && !keys.Knows(next)
            ? $"The master key is being changed from {state.Id} to {next}. Set ServiceOrders__MasterKey to the new one, and ServiceOrders__PreviousMasterKey to the one at hand."
            : null;
    }

    private void Adopt(MasterKeyState state)
    {
        var wrapping = state.NextId ?? state.Id;
        if (keys.Knows(wrapping)) keys.WrapWith(wrapping);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellation, params object[] values)
    {
#pragma warning disable CA2100 // constant texts above
        await using var command = database.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
