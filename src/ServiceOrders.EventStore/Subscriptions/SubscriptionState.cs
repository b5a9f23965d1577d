using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>How far a subscription is, for operators and for clients of its read model.</summary>
/// <param name="Position">The last event applied.</param>
/// <param name="Behind">Events not yet applied.</param>
/// <param name="OldestMissing">When the oldest of them was recorded; null: none missing.</param>
/// <param name="Stopped">An event could not be applied; it waits for <see cref="SubscriptionState.ResumeAsync"/>.</param>
/// <param name="StoppedPosition">Which.</param>
/// <param name="Error">The kind of error.</param>
public sealed record SubscriptionStatus(long Position, long Behind, DateTimeOffset? OldestMissing, bool Stopped, long? StoppedPosition, string? Error);

/// <summary>Reads and changes whether subscriptions run.</summary>
public sealed class SubscriptionState(StoreDatabase database)
{
    private const string Status = """
        select p.last_seq_id, coalesce((select count(*) from (select from events.mt_events e where e.seq_id > p.last_seq_id limit 100000) missing), 0),
               (select e.timestamp from events.mt_events e where e.seq_id > p.last_seq_id order by e.seq_id limit 1),
               coalesce(s.state = 'stopped', false), s.stopped_position, s.error
        from (select coalesce((select last_seq_id from events.mt_event_progression where name = $1), 0) as last_seq_id) p
        left join events.subscriptions s on s.name = $1
        """;

    /// <summary>How far a subscription is. <see cref="SubscriptionStatus.Behind"/> is counted up to 100,000.</summary>
    public async Task<SubscriptionStatus> ReadAsync(string name, CancellationToken cancellation = default)
    {
        await using var command = Command(Status, name);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2),
            reader.GetBoolean(3), reader.IsDBNull(4) ? null : reader.GetInt64(4), reader.IsDBNull(5) ? null : reader.GetString(5));
    }

    /// <summary>Lets a stopped subscription try again, after its cause was mended.</summary>
    /// <returns>False: it was not stopped.</returns>
    public async Task<bool> ResumeAsync(string name, CancellationToken cancellation = default)
    {
        await using var command = Command(
            "update events.subscriptions set state = 'running', stopped_position = null, stopped_at = null, error = null where name = $1 and state = 'stopped'", name);
        return await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false) == 1;
    }

    internal async Task<bool> IsStoppedAsync(string name, CancellationToken cancellation)
    {
        await using var command = Command("select exists (select from events.subscriptions where name = $1 and state = 'stopped')", name);
        return (bool)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    internal async Task StopAsync(string name, long position, string error, CancellationToken cancellation)
    {
        await using var command = Command("""
            insert into events.subscriptions (name, state, stopped_position, stopped_at, error) values ($1, 'stopped', $2, now(), $3)
            on conflict (name) do update set state = 'stopped', stopped_position = excluded.stopped_position, stopped_at = excluded.stopped_at, error = excluded.error
            """, name, position, error);
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
#pragma warning disable CA2100 // constant texts above
        var command = database.Pooled.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
