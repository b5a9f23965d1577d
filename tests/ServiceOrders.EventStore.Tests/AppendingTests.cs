using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>What one append does, and what a refused one leaves behind: nothing.</summary>
public sealed class AppendingTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncDisposable
{
    private readonly PostgresEventStore _store = new(database.Store);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Appended_events_are_read_back_as_they_were_given()
    {
        var append = Appends.New(3);
        (await _store.AppendAsync(append)).ShouldBe(new Appended(3, Appends.Noon));

        var events = await _store.ReadStreamAsync(append.StreamId);
        events.Select(read => read.Version).ShouldBe([1, 2, 3]);
        events.Select(read => read.Id).ShouldBe(append.Events.Select(given => given.Id));
        events[0].Type.ShouldBe("thing_happened");
        events[0].Data.ShouldBe("""{"text": "so it is"}""");
        events[0].RecordedAt.ShouldBe(Appends.Noon);
        events[0].CorrelationId.ShouldBe("request-1");
        events[0].CausationId.ShouldBeNull();
        events[0].UserName.ShouldBe("staff:ann");
        events[0].Headers.ShouldBe("""{"occurredAt": "2026-03-02T12:00:00Z"}""");
        events.Select(read => read.Position).ShouldBeInOrder(SortDirection.Ascending);
    }

    [Fact]
    public async Task A_stale_version_is_refused_with_the_actual_one()
    {
        var append = Appends.New(2);
        await _store.AppendAsync(append);

        (await _store.AppendAsync(Appends.To(append.StreamId, 1))).ShouldBe(new StaleVersion(2));
        (await _store.AppendAsync(Appends.To(append.StreamId, 3))).ShouldBe(new StaleVersion(2));
        (await _store.AppendAsync(Appends.To(append.StreamId, 0))).ShouldBe(new StaleVersion(2));
        (await _store.AppendAsync(Appends.To(Guid.CreateVersion7(), 4))).ShouldBe(new StaleVersion(0));
        (await _store.ReadStreamAsync(append.StreamId)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_taken_key_names_its_holder_and_the_append_leaves_no_trace()
    {
        var first = Appends.New() with { Keys = [Appends.Key("a")] };
        await _store.AppendAsync(first);
        var second = Appends.New() with { Keys = [Appends.Key("a"), Appends.Key("b")], Due = DueChange.To(Appends.Noon) };

        var taken = (await _store.AppendAsync(second)).ShouldBeOfType<KeyTaken>();
        taken.Key.ShouldBeSameAs(second.Keys[0]);
        (taken.Holder.StreamId, taken.Holder.Version, taken.Holder.Status).ShouldBe((first.StreamId, 1, (short)201));
        taken.Holder.Fingerprint.ShouldBe([1, 2, 3]);
        (await _store.FindKeyAsync("idempotency:shop", second.Keys[1].Value)).ShouldBeNull();
        (await database.ScalarAsync<long>("select count(*) from events.mt_streams where id = $1", second.StreamId)).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) from events.due where stream_id = $1", second.StreamId)).ShouldBe(0);
        (await _store.ReadStreamAsync(second.StreamId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stale_append_leaves_no_key_and_takes_no_number()
    {
        var append = Appends.New();
        await _store.AppendAsync(append);
        var before = await database.ScalarAsync<long>("select last_value from events.mt_events_sequence");

        await _store.AppendAsync(Appends.To(append.StreamId, 7) with { Keys = [Appends.Key("stale")] });

        (await _store.FindKeyAsync("idempotency:shop", Appends.Key("stale").Value)).ShouldBeNull();
        (await database.ScalarAsync<long>("select last_value from events.mt_events_sequence")).ShouldBe(before);
    }

    [Fact]
    public async Task An_expired_key_is_taken_over()
    {
        var first = Appends.New() with { Keys = [Appends.Key("week", Appends.Noon.AddDays(7))] };
        await _store.AppendAsync(first);

        var early = Appends.New() with { Now = Appends.Noon.AddDays(7).AddMicroseconds(-1), Keys = [Appends.Key("week", Appends.Noon.AddDays(14))] };
        (await _store.AppendAsync(early)).ShouldBeOfType<KeyTaken>().Holder.StreamId.ShouldBe(first.StreamId);
        var late = early with { Now = Appends.Noon.AddDays(7) };
        (await _store.AppendAsync(late)).ShouldBeOfType<Appended>();
        (await database.ScalarAsync<Guid>("select stream_id from events.unique_keys where value = $1", late.Keys[0].Value)).ShouldBe(late.StreamId);
    }

    [Fact]
    public async Task Recorded_times_of_a_stream_never_go_back()
    {
        var append = Appends.New();
        await _store.AppendAsync(append);

        (await _store.AppendAsync(Appends.To(append.StreamId, 1, now: Appends.Noon.AddMinutes(-5)))).ShouldBe(new Appended(2, Appends.Noon));
        (await _store.AppendAsync(Appends.To(append.StreamId, 2, now: Appends.Noon.AddMinutes(5)))).ShouldBe(new Appended(3, Appends.Noon.AddMinutes(5)));
        (await _store.ReadStreamAsync(append.StreamId, recordedUntil: Appends.Noon)).Count.ShouldBe(2);
        (await database.ScalarAsync<DateTime>("select timestamp from events.mt_streams where id = $1", append.StreamId)).ShouldBe(Appends.Noon.AddMinutes(5).UtcDateTime);
    }

    [Fact]
    public async Task An_archived_stream_refuses_appends()
    {
        var append = Appends.New();
        await _store.AppendAsync(append);
        await database.ExecuteAsync("update events.mt_streams set is_archived = true where id = $1", append.StreamId);

        (await _store.AppendAsync(Appends.To(append.StreamId, 1))).ShouldBe(new StreamArchived());
    }

    [Fact]
    public async Task The_due_row_follows_the_append_and_stays_when_nothing_changes()
    {
        var append = Appends.New() with { Due = DueChange.To(Appends.Noon.AddHours(4)) };
        await _store.AppendAsync(append);
        async Task<string> DueAsync() => await database.ScalarAsync<string>("select coalesce((select due_at::text || ' ' || next_try_at::text from events.due where stream_id = $1), 'none')", append.StreamId);

        (await DueAsync()).ShouldBe("2026-03-02 16:00:00+00 2026-03-02 16:00:00+00");
        await _store.AppendAsync(Appends.To(append.StreamId, 1));
        (await DueAsync()).ShouldBe("2026-03-02 16:00:00+00 2026-03-02 16:00:00+00");
        await _store.AppendAsync(Appends.To(append.StreamId, 2) with { Due = DueChange.To(Appends.Noon.AddHours(1)) });
        (await DueAsync()).ShouldBe("2026-03-02 13:00:00+00 2026-03-02 13:00:00+00");
        await _store.AppendAsync(Appends.To(append.StreamId, 3) with { Due = DueChange.To(null) });
        (await DueAsync()).ShouldBe("none");
    }

    [Fact]
    public async Task One_bad_append_fails_alone_however_many_wait_with_it()
    {
        var appends = Enumerable.Range(0, 60).Select(_ => Appends.New(2)).ToList();
        appends[17] = appends[17] with { Events = [Appends.Event(data: "{no json")] };
        appends[41] = appends[41] with { Events = [Appends.Event(data: """{"text":"\u0000"}""")] };

        var outcomes = await Task.WhenAll(appends.Select(async append =>
        {
            try { return (object)await _store.AppendAsync(append); }
            catch (AppendFailedException failed) { return failed; }
        }));

        outcomes.Index().Where(outcome => outcome.Item is AppendFailedException).Select(outcome => outcome.Index).ShouldBe([17, 41]);
        outcomes.OfType<Appended>().Count().ShouldBe(58);
        (await database.ScalarAsync<long>("select count(*) from events.mt_streams where id = any($1)", appends.Select(append => append.StreamId).ToArray())).ShouldBe(58);
    }

    [Fact]
    public async Task Appends_to_one_stream_that_wait_together_go_one_after_the_other()
    {
        var stream = Guid.CreateVersion7();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(version => _store.AppendAsync(Appends.To(stream, version)).AsTask()));

        outcomes.OfType<Appended>().Select(appended => appended.Version).ShouldBe(Enumerable.Range(1, 20).Select(version => (long)version));
    }

    [Fact]
    public async Task An_append_without_events_or_with_a_key_twice_is_a_mistake_of_the_caller()
    {
        await Should.ThrowAsync<ArgumentException>(async () => await _store.AppendAsync(Appends.New(0)));
        await Should.ThrowAsync<ArgumentException>(async () => await _store.AppendAsync(Appends.New(1001)));
        await Should.ThrowAsync<ArgumentException>(async () => await _store.AppendAsync(Appends.New() with { Keys = [Appends.Key("x"), Appends.Key("x")] }));
    }
}
