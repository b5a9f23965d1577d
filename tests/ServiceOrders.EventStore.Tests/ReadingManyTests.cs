using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>Many streams at once, for whoever looks at many.</summary>
public sealed class ReadingManyTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncDisposable
{
    private readonly PostgresEventStore _store = new(database.Store);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Streams_come_whole_and_in_the_order_in_which_they_are_named()
    {
        Append[] appends = [Appends.New(3), Appends.New(1), Appends.New(2)];
        foreach (var append in appends) (await _store.AppendAsync(append)).ShouldBeOfType<Appended>();
        Guid[] wanted = [appends[2].StreamId, Guid.CreateVersion7(), appends[0].StreamId, appends[1].StreamId];

        var streams = (await ReadAsync(wanted)).SelectMany(portion => portion).ToList();

        streams.Select(s => (s.StreamId, s.StreamType)).ShouldBe([(wanted[0], "thing"), (wanted[2], "thing"), (wanted[3], "thing")]);
        foreach (var stream in streams) stream.Events.ShouldBe(await _store.ReadStreamAsync(stream.StreamId));
        (await ReadAsync([])).ShouldBeEmpty();
    }

    [Fact]
    public async Task No_portion_has_more_than_some_thousand_events_but_for_a_stream_that_has_more_by_itself()
    {
        var appends = Enumerable.Range(0, 12).Select(_ => Appends.New(900)).ToList();
        await Task.WhenAll(appends.Select(append => _store.AppendAsync(append).AsTask()));
        var longest = Appends.New(1_000);
        await _store.AppendAsync(longest);
        for (var version = 1_000L; version < 6_000; version += 1_000) await _store.AppendAsync(Appends.To(longest.StreamId, version, 1_000));

        var portions = await ReadAsync([.. appends.Take(6).Select(a => a.StreamId), longest.StreamId, .. appends.Skip(6).Select(a => a.StreamId)]);

        portions.Select(portion => portion.Sum(stream => stream.Events.Count)).ShouldBe([4_500, 900, 6_000, 4_500, 900]);
    }

    private async Task<List<IReadOnlyList<StreamHistory>>> ReadAsync(Guid[] ids)
    {
        var portions = new List<IReadOnlyList<StreamHistory>>();
        await foreach (var portion in _store.ReadStreamsAsync(ids)) portions.Add(portion);
        return portions;
    }
}
