using Npgsql;
using ServiceOrders.Audit.Keys;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;
using ServiceOrders.Testing;

namespace ServiceOrders.AuditLog.Tests.Verifying;

/// <summary>The service verifies by itself and when asked, and keeps what it finds.</summary>
public sealed class VerificationWorkerTests(TestServer server) : IAsyncLifetime
{
    private readonly Ledger _ledger = new(server);
    private Verified _verified = null!;

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        _verified = await Verified.OfAsync(_ledger);
        await _verified.GrowAsync(2);
    }

    public async ValueTask DisposeAsync()
    {
        await _verified.DisposeAsync();
        await _ledger.DisposeAsync();
    }

    private VerificationTable Runs => new(_ledger.Sql);

    private FindingTable Findings => new(_ledger.Sql);

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private VerificationWorker Worker(VerificationPace? pace = null) => new(_ledger.Database, () => _verified.Basis, pace, "node", TimeProvider.System);

    [Fact]
    public async Task What_was_asked_for_is_done_once_and_what_it_found_is_kept()
    {
        await using var worker = Worker();
        (await worker.RoundAsync()).ShouldBeFalse("Nobody asked.");
        var asked = await Runs.RequestAsync("staff:li", TimeProvider.System.GetUtcNow());
        (await Runs.RequestAsync("staff:han", TimeProvider.System.GetUtcNow())).Id.ShouldBe(asked.Id, "Whoever asks meanwhile gets the same.");
        asked.State.ShouldBe(VerificationState.Waiting);

        (await worker.RoundAsync()).ShouldBeTrue();
        (await Runs.FindAsync(asked.Id))!.ShouldSatisfyAllConditions(r => r.State.ShouldBe(VerificationState.Done), r => r.RequestedBy.ShouldBe("staff:li"), r => r.IsRequested.ShouldBeTrue(), r => r.Leaves.ShouldBe(300),
            r => r.Events.ShouldBe(300), r => r.Checkpoints.ShouldBe(2), r => r.OutsideCheckpoints.ShouldBe(2), r => r.NotYetProtected.ShouldBe(0), r => r.Findings.ShouldBe(0), r => r.Node.ShouldBe("node"), r => r.FinishedAt.ShouldNotBeNull());
        (await worker.RoundAsync()).ShouldBeFalse();
        (await Findings.ListAsync(long.MaxValue, 10, Now)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_finding_is_kept_once_and_stays_when_it_is_found_no_more()
    {
        await using var worker = Worker();
        var name = await _ledger.ScalarAsync<string>("select user_name from events.mt_events where seq_id = 7");
        await _verified.TamperAsync("update events.mt_events set user_name = 'staff:han' where seq_id = 7");
        var (first, second) = (await VerifyAsync(worker), await VerifyAsync(worker));
        var found = (await Findings.ListAsync(long.MaxValue, 10, Now)).ShouldHaveSingleItem();
        (found.Finding.Kind, found.Finding.LeafIndex, found.Finding.Position, found.RunId, found.LastRunId, found.IsStanding).ShouldBe((FindingKind.Changed, 6, 7, first, second, true));

        await _verified.TamperAsync("update events.mt_events set user_name = $1 where seq_id = 7", name);
        await VerifyAsync(worker);
        (await Findings.ListAsync(long.MaxValue, 10, Now)).ShouldHaveSingleItem().IsStanding.ShouldBeFalse("It was put back; that it was changed for a time stays known.");
        (await Findings.ListAsync(long.MaxValue, 10, Now, standing: true)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_is_asked_for_ends_a_slow_one_and_begins_from_the_start()
    {
        // An event a second: it would take minutes.
        await using var worker = Worker(new VerificationPace(1, TimeSpan.FromHours(1)));
        var slow = worker.RoundAsync();
        while ((await Runs.ListAsync(long.MaxValue, 1)) is not [{ State: VerificationState.Running, Leaves: 300 }]) await Task.Yield();
        var asked = await Runs.RequestAsync("staff:li", TimeProvider.System.GetUtcNow());
        (await slow).ShouldBeTrue();
        (await Runs.FindAsync(asked.Id - 1))!.State.ShouldBe(VerificationState.Interrupted);
        (await worker.RoundAsync()).ShouldBeTrue();
        (await Runs.FindAsync(asked.Id))!.State.ShouldBe(VerificationState.Done);
        (await worker.RoundAsync()).ShouldBeFalse("The next one by itself is an hour off.");
    }

    [Fact]
    public async Task By_itself_it_verifies_once_in_a_while_whichever_node_did_it_last()
    {
        var pace = new VerificationPace(1_000_000, TimeSpan.FromHours(1));
        await using var here = Worker(pace);
        await using var there = Worker(pace);
        (await here.RoundAsync()).ShouldBeTrue("None was ever done.");
        (await there.RoundAsync()).ShouldBeFalse();
        (await here.RoundAsync()).ShouldBeFalse();
        var done = (await Runs.ListAsync(long.MaxValue, 10)).ShouldHaveSingleItem();
        (done.IsRequested, done.State, done.Events).ShouldBe((false, VerificationState.Done, 300));
        await _ledger.ExecuteAsync("update audit.verifications set finished_at = finished_at - interval '61 minutes'");
        await using var later = Worker(pace);
        (await later.RoundAsync()).ShouldBeTrue();
    }

    [Theory]
    [InlineData("update audit.verifications set finished_at = '2099-01-01'")]
    [InlineData("update audit.verifications set finished_at = 'infinity'")]
    [InlineData("update audit.verifications set finished_at = '20000-01-01', requested_at = '20000-01-01', started_at = '20000-01-01'")]
    [InlineData("insert into audit.verifications overriding system value select 9223372036854775807, cause, state, requested_by, requested_at, started_at, '2099-01-01' from audit.verifications")]
    public async Task A_row_that_claims_to_have_ended_later_than_now_puts_nothing_off(string sql)
    {
        var pace = new VerificationPace(1_000_000, TimeSpan.FromHours(1));
        await using var worker = Worker(pace);
        (await worker.RoundAsync()).ShouldBeTrue("None was ever done.");
        await _ledger.ExecuteAsync("update audit.verifications set finished_at = finished_at - interval '61 minutes'");
        await _verified.TamperAsync(sql);

        await using var later = Worker(pace);
        (await later.RoundAsync()).ShouldBeTrue();
        (await later.RoundAsync()).ShouldBeFalse("It was done just now.");
        (await Runs.LastDoneAsync(Now))!.FinishedAt!.Value.ShouldBe(Now, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_row_that_was_made_up_hides_no_finding_of_a_real_verification_after_it()
    {
        await using var worker = Worker();
        await _verified.TamperAsync("update events.mt_events set user_name = 'staff:han' where seq_id = 7");
        await _verified.TamperAsync("insert into audit.verifications (id, cause, state, requested_at, finished_at) overriding system value values (9223372036854775807, 'continuous', 'done', now(), now())");
        var run = await VerifyAsync(worker);
        (await Runs.LastDoneAsync(Now))!.ShouldSatisfyAllConditions(last => last.Id.ShouldBe(run), last => last.Findings.ShouldBe(1));
        (await Findings.ListAsync(long.MaxValue, 10, Now, standing: true)).ShouldHaveSingleItem().IsStanding.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, 180, false), InlineData(0, 181, true)]
    [InlineData(7_200_000, 300, false), InlineData(7_200_000, 301, true)]
    public void A_verification_is_overdue_after_twice_the_pause_and_the_time_it_takes_and_an_hour(long size, int minutes, bool isOverdue)
    {
        var now = TimeProvider.System.GetUtcNow();
        new VerificationPace(2_000, TimeSpan.FromHours(1)).IsOverdue(now.AddMinutes(-minutes), size, now).ShouldBe(isOverdue);
    }

    [Fact]
    public async Task One_that_breaks_off_says_so_and_the_next_one_is_done()
    {
        await using var worker = Worker();
        var asked = await Runs.RequestAsync("staff:li", TimeProvider.System.GetUtcNow());
        await _ledger.ExecuteAsync("alter table audit.leaf_tiles rename to elsewhere");
        await Should.ThrowAsync<Npgsql.PostgresException>(() => worker.RoundAsync());
        (await Runs.FindAsync(asked.Id))!.ShouldSatisfyAllConditions(r => r.State.ShouldBe(VerificationState.Failed), r => r.Error.ShouldBe("42P01"));

        await _ledger.ExecuteAsync("alter table audit.elsewhere rename to leaf_tiles");
        await VerifyAsync(worker);
    }

    [Fact]
    public async Task Of_two_nodes_one_verifies_and_what_a_node_left_behind_is_told_as_interrupted()
    {
        await _ledger.ExecuteAsync("insert into audit.verifications (cause, state, node, requested_at, started_at) values ('continuous', 'running', 'gone', now(), now())");
        var asked = await Runs.RequestAsync("staff:li", TimeProvider.System.GetUtcNow());
        await using var here = Worker();
        await using var there = Worker();
        var rounds = await Task.WhenAll(here.RoundAsync(), there.RoundAsync());
        rounds.ShouldContain(true);
        (await Runs.ListAsync(long.MaxValue, 10)).Select(r => (r.Id, r.State)).ShouldBe([(asked.Id, VerificationState.Done), (asked.Id - 1, VerificationState.Interrupted)]);
    }

    [Fact]
    public async Task Nothing_is_found_in_a_store_that_is_busy()
    {
        await using var builder = _ledger.Builder();
        using var next = SigningKey.Create();
        var later = SigningKeys.Given(next.ToPem(), _verified.Key.ToPem());
        // What is deleted meanwhile was signed long ago.
        var old = await _ledger.ScalarAsync<Guid[]>("select array_agg(distinct stream_id) from events.mt_events");
        _verified.Wait(TimeSpan.FromDays(3 * 366));
        var work = Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await _ledger.AppendAsync(80, 5);
                await DeleteAsync(old[i], _verified.Now);
                await builder.CatchUpAsync();
                // In the middle a key takes over.
                if (i == 12) await _verified.IntroduceAsync(next);
                (await _verified.SignAsync(keys: i >= 12 ? later : null)).IsNew.ShouldBeTrue();
            }
        });
        var rounds = 0;
        for (; !work.IsCompleted; rounds++) (await _verified.VerifyAsync()).Findings.ShouldBeEmpty();
        await work;
        (await _verified.VerifyAsync()).ShouldSatisfyAllConditions(r => r.Findings.ShouldBeEmpty(), r => r.Leaves.ShouldBe(10_325), r => r.Deleted.ShouldBe(125));
        rounds.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task What_is_deleted_and_what_fills_new_tiles_while_it_looks_is_no_finding()
    {
        // Two pages of tiles and the beginning of a third, in which a stream is deleted before it is read: that is after the first was folded.
        await _ledger.FillAsync(2 * 64 * 256 - 295);
        var stream = (await _ledger.AppendAsync(1, 5)).Single();
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        _verified.Wait(TimeSpan.FromDays(3 * 366));
        var read = new List<long>();
        var report = await new LogVerifier(_ledger.Database.Background, new FixedTime(_verified.Now)).RunAsync(_verified.Basis with { Connections = 1 }, async (progress, _) =>
        {
            read.Add(progress.Leaves);
            if (read.Count > 1) return;
            await DeleteAsync(stream, _verified.Now);
            await _ledger.FillAsync(600);
            await _ledger.BuildAsync();
        });
        read.ShouldBe([64 * 256, 2 * 64 * 256, 2 * 64 * 256 + 256]);
        report.Findings.ShouldBeEmpty();
        (await _verified.VerifyAsync()).ShouldSatisfyAllConditions(r => r.Findings.ShouldBeEmpty(), r => r.Deleted.ShouldBe(5));
    }

    /// <summary>A stream and its record, in one transaction, as retention does; past the triggers, for these are no tickets.</summary>
    private async Task DeleteAsync(Guid stream, DateTimeOffset at)
    {
        var positions = await _ledger.ScalarAsync<long[]>("select array_agg(seq_id order by version) from events.mt_events where stream_id = $1", stream);
        (await new RecordedWork(_ledger.Database, new StoreSignals()).RunAsync(async (transaction, stop) =>
        {
            await using var delete = new NpgsqlCommand(
                $"set local session_replication_role = replica; delete from events.mt_events where stream_id = '{stream}'; delete from events.mt_streams where id = '{stream}'; set local session_replication_role = origin", transaction.Connection);
            await delete.ExecuteNonQueryAsync(stop);
            var record = $$"""{ "streams": [ { "streamId": "{{stream}}", "events": {{positions.Length}}, "positions": [{{string.Join(", ", positions)}}] } ] }""";
            return new Append { StreamId = Guid.CreateVersion7(), StreamType = "retention", ExpectedVersion = 0, Now = at, Events = [Ledger.Event(1) with { Type = "records_deleted", Data = record }] };
        })).ShouldBeOfType<Appended>();
    }

    private async Task<long> VerifyAsync(VerificationWorker worker)
    {
        var asked = await Runs.RequestAsync("staff:li", TimeProvider.System.GetUtcNow());
        (await worker.RoundAsync()).ShouldBeTrue();
        (await Runs.FindAsync(asked.Id))!.State.ShouldBe(VerificationState.Done);
        return asked.Id;
    }
}
