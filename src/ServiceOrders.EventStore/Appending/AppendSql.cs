namespace ServiceOrders.EventStore;

/// <summary>The statements of an append batch, in the order in which they are sent. Their texts are the same whatever the batch's size, so that they stay prepared.</summary>
internal static class AppendSql
{
    /// <summary>Generation lock, keys, streams, due rows; see <c>Sql/002_append.sql</c>. The inline tables' statements follow it.</summary>
    public const string Stage = """
        select codes, versions, recorded, taken_ordinals, taken_scopes, taken_values, holder_streams, holder_versions, holder_fingerprints, holder_statuses
        from events.stage($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """;

    /// <summary>
    /// Held to the end of the commit, so that events become visible in the order of their numbers. A statement of its own: the numbers are drawn after it was granted.
    /// </summary>
    public const string Lock = "select pg_advisory_xact_lock(21327, 1)";

    /// <summary>The events of the appends that go, numbered in batch order.</summary>
    public const string Events = """
        insert into events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, user_name, is_archived)
        select nextval('events.mt_events_sequence'), e.id, e.stream_id, e.version, e.data, e.type, (select events.recorded())[e.ordinal], '*DEFAULT*',
               e.dotnet_type, e.correlation_id, e.causation_id, e.headers, e.user_name, false
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as e (ordinal, id, stream_id, version, data, type, dotnet_type, correlation_id, causation_id, headers, user_name)
        where (select events.recorded())[e.ordinal] <> '-infinity'
        """;
}
