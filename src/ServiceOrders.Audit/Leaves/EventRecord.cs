namespace ServiceOrders.Audit.Leaves;

/// <summary>An event as the log proves it: the values of its columns in <c>events.mt_events</c>, all but <c>is_archived</c>, the only one that may change.</summary>
/// <param name="Position"><c>seq_id</c>: the order in the whole store.</param>
/// <param name="Id">The event's id.</param>
/// <param name="StreamId">The stream; null: none (nothing that this service writes).</param>
/// <param name="Version">Its place in the stream, from 1.</param>
/// <param name="Data">JSON, letter for letter as PostgreSQL prints it.</param>
/// <param name="BinaryData"><c>bdata</c>, always null in what this service writes.</param>
/// <param name="Type">The kind of event.</param>
/// <param name="RecordedAt">When it was recorded, in whole microseconds.</param>
/// <param name="TenantId">The tenant.</param>
/// <param name="DotNetType"><c>mt_dotnet_type</c>.</param>
/// <param name="CorrelationId">The request that caused it.</param>
/// <param name="CausationId">The event or message that caused it.</param>
/// <param name="Headers">JSON, letter for letter.</param>
/// <param name="UserName">Who.</param>
public sealed record EventRecord(long Position, Guid Id, Guid? StreamId, long Version, string Data, byte[]? BinaryData, string Type, DateTimeOffset RecordedAt,
    string? TenantId, string? DotNetType, string? CorrelationId, string? CausationId, string? Headers, string? UserName);
