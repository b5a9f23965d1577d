namespace ServiceOrders.EventStore.Tests.Given;

/// <summary>Appends as the tests need them.</summary>
public static class Appends
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    public static NewEvent Event(string type = "thing_happened", string data = """{"text":"so it is"}""") =>
        new(Guid.CreateVersion7(), type, "Things.ThingHappened, Things", data, """{"occurredAt":"2026-03-02T12:00:00Z"}""", "request-1", null, "staff:ann");

    public static Append To(Guid stream, long version, int events = 1, DateTimeOffset? now = null) => new()
    {
        StreamId = stream,
        StreamType = "thing",
        ExpectedVersion = version,
        Events = [.. Enumerable.Range(0, events).Select(_ => Event())],
        Now = now ?? Noon,
    };

    public static Append New(int events = 1) => To(Guid.CreateVersion7(), 0, events);

    public static UniqueKey Key(string value, DateTimeOffset? expires = null) => new("idempotency:shop", System.Text.Encoding.UTF8.GetBytes(value), [1, 2, 3], 201, expires);
}
