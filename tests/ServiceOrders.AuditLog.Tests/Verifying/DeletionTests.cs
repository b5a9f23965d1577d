using System.Globalization;
using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;
using ServiceOrders.Testing;

namespace ServiceOrders.AuditLog.Tests.Verifying;

/// <summary>Events may go after three years, with a record of it in the log (row A3); anything else is found.</summary>
public sealed class DeletionTests(TestServer server) : IAsyncLifetime
{
    private static readonly TimeSpan ThreeYears = TimeSpan.FromDays(3 * 366);

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

    [Fact]
    public async Task Events_deleted_after_three_years_with_a_record_in_the_log_are_no_finding()
    {
        _verified.Wait(ThreeYears);
        await DeleteStreamAsync(_verified.Now, 41);
        (await _verified.VerifyAsync()).ShouldSatisfyAllConditions(r => r.Findings.ShouldBeEmpty("Its record is not in the log yet, and old enough."), r => r.Deleted.ShouldBe(0));
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        (await _verified.VerifyAsync()).ShouldSatisfyAllConditions(r => r.Findings.ShouldBeEmpty(), r => r.Deleted.ShouldBe(5), r => r.Leaves.ShouldBe(301), r => r.Events.ShouldBe(296));
    }

    [Fact]
    public async Task Events_deleted_earlier_are_found_although_there_is_a_record()
    {
        _verified.Wait(TimeSpan.FromDays(365));
        await DeleteStreamAsync(_verified.Now, 41);
        (await FoundAsync()).ShouldBe(Early41To45, "At once, before its record is in the log.");
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        (await FoundAsync()).ShouldBe(Early41To45);
    }

    [Fact]
    public async Task An_early_deletion_is_not_mended_by_another_record_years_later()
    {
        var stream = await StreamAtAsync(41);
        await DeleteStreamAsync(_verified.Now, 41);
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        _verified.Wait(ThreeYears);
        await RecordAsync(_verified.Now, Record(_verified.Now, stream, 5, 41, 42, 43, 44, 45));
        (await FoundAsync()).ShouldBe(Early41To45);
        await _ledger.BuildAsync();
        (await FoundAsync()).ShouldBe(Early41To45);
    }

    [Fact]
    public async Task A_record_that_claims_a_later_day_than_the_checkpoint_that_has_it_is_not_believed()
    {
        await DeleteStreamAsync(_verified.Now + ThreeYears, 41);
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        _verified.Wait(ThreeYears * 2);
        (await FoundAsync()).ShouldBe(Early41To45);
    }

    [Fact]
    public async Task A_record_that_claims_a_day_ahead_is_not_believed_before_it_is_under_a_checkpoint()
    {
        await DeleteStreamAsync(_verified.Now + ThreeYears, 41);
        (await FoundAsync()).ShouldBe(Early41To45);
        await _ledger.BuildAsync();
        (await FoundAsync()).ShouldBe(Early41To45);
    }

    [Fact]
    public async Task A_record_that_claims_the_calendars_first_year_excuses_nothing_and_stops_nobody()
    {
        _verified.Wait(ThreeYears);
        await DeleteStreamAsync(new DateTimeOffset(1, 6, 1, 0, 0, 0, TimeSpan.Zero), 41);
        (await FoundAsync()).ShouldBe(Early41To45);
        await _ledger.BuildAsync();
        (await FoundAsync()).ShouldBe(Early41To45);
    }

    [Fact]
    public async Task A_record_that_names_other_events_explains_nothing()
    {
        _verified.Wait(ThreeYears);
        await DeleteStreamAsync(_verified.Now, 41);
        await RemoveAsync(await StreamAtAsync(46));
        await _ledger.BuildAsync();
        (await FoundAsync()).ShouldBe([.. Enumerable.Range(46, 5).Select(position => (FindingKind.Removed, (long?)position))]);
    }

    [Fact]
    public async Task What_came_since_is_not_read_through_for_records_of_deletion()
    {
        _verified.Wait(ThreeYears);
        // Two gigabytes that the log does not have yet, more than a statement may take the time for.
        await _ledger.AppendAsync(1, 100);
        await _verified.TamperAsync("update events.mt_events set data = jsonb_build_object('text', repeat('x', 20000000)) where seq_id = 301");
        await _verified.TamperAsync("update events.mt_events set data = (select data from events.mt_events where seq_id = 301) where seq_id > 301");
        await RemoveAsync(await StreamAtAsync(46));
        await DeleteStreamAsync(_verified.Now, 41);
        await using var hurried = new StoreDatabase(_ledger.ConnectionString, TimeSpan.FromSeconds(1));
        var report = await new LogVerifier(hurried.Background, new FixedTime(_verified.Now)).RunAsync(_verified.Basis);
        report.Findings.Select(f => (f.Kind, f.Position)).ShouldBe([.. Enumerable.Range(46, 5).Select(position => (FindingKind.Removed, (long?)position))]);
    }

    [Fact]
    public async Task All_records_of_deletion_that_came_since_are_read_however_many()
    {
        _verified.Wait(ThreeYears);
        for (var i = 0; i < 201; i++) await RecordAsync(_verified.Now, Record(_verified.Now, Guid.CreateVersion7(), 1, 100_000 + i));
        await DeleteStreamAsync(_verified.Now, 41);
        (await _verified.VerifyAsync()).Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_part_of_a_stream_is_not_explained_by_a_record_that_names_it()
    {
        _verified.Wait(ThreeYears);
        var stream = await StreamAtAsync(41);
        await _verified.TamperAsync("delete from events.mt_events where seq_id = 43");
        await RecordAsync(_verified.Now, Record(_verified.Now, stream, 1, 43));
        await _ledger.BuildAsync();
        var findings = (await _verified.VerifyAsync()).Findings;
        findings.Select(f => (f.Kind, f.Subject, f.Position)).ShouldBe([(FindingKind.Removed, "record of deletion", 301), (FindingKind.Removed, Finding.Event, 43)]);
        findings[0].StreamId.ShouldBe(stream);
    }

    [Fact]
    public async Task A_part_of_a_stream_that_a_record_gives_out_for_another_stream_is_found_by_its_versions()
    {
        _verified.Wait(ThreeYears);
        var cut = new[] { await StreamAtAsync(41), await StreamAtAsync(46), await StreamAtAsync(51) };
        // The first, one in the middle, the last.
        await _verified.TamperAsync("delete from events.mt_events where seq_id in (41, 48, 55)");
        await RecordAsync(_verified.Now, Record(_verified.Now, Guid.NewGuid(), 3, 41, 48, 55));
        await _ledger.BuildAsync();
        var findings = (await _verified.VerifyAsync()).Findings;
        findings.ShouldAllBe(f => f.Kind == FindingKind.Removed && f.Subject == "stream");
        findings.Select(f => f.StreamId!.Value).ShouldBe(cut, ignoreOrder: true);
    }

    [Fact]
    public async Task A_record_that_names_an_event_that_is_there_or_counts_wrongly_explains_nothing()
    {
        _verified.Wait(ThreeYears);
        var stream = await StreamAtAsync(41);
        await RemoveAsync(stream);
        await RecordAsync(_verified.Now, Record(_verified.Now, stream, 6, 41, 42, 43, 44, 45, 46));
        await RecordAsync(_verified.Now, Record(_verified.Now, stream, 4, 41, 42, 43, 44, 45));
        await _ledger.BuildAsync();
        (await FoundAsync()).ShouldBe([(FindingKind.Removed, 302), (FindingKind.Removed, 301), .. Enumerable.Range(41, 5).Select(position => (FindingKind.Removed, (long?)position))]);
    }

    [Fact]
    public async Task A_record_in_a_stream_that_is_none_of_retention_explains_nothing()
    {
        _verified.Wait(ThreeYears);
        var stream = await StreamAtAsync(41);
        await RemoveAsync(stream);
        await RecordAsync(_verified.Now, Record(_verified.Now, stream, 5, 41, 42, 43, 44, 45), "thing");
        await _ledger.BuildAsync();
        (await FoundAsync()).ShouldBe([(FindingKind.Removed, 301), .. Enumerable.Range(41, 5).Select(position => (FindingKind.Removed, (long?)position))]);
    }

    [Theory]
    [InlineData("[]"), InlineData("{}"), InlineData("""{ "streams": [ 1 ] }"""), InlineData("""{ "streams": [ { "streamId": "x", "events": 0, "positions": [] } ] }"""), InlineData("""{ "streams": [ { "events": 1, "positions": [1e99] } ] }"""), InlineData("deep")]
    public async Task A_record_that_cannot_be_read_is_a_finding_and_stops_nobody(string data)
    {
        if (data == "deep") data = $"{{ \"streams\": {new string('[', 100)}{new string(']', 100)} }}";
        await RecordAsync(_verified.Now, data);
        await _verified.TamperAsync("update events.mt_events set user_name = 'staff:han' where seq_id = 7");
        await _ledger.BuildAsync();
        (await _verified.VerifyAsync()).Findings.Select(f => (f.Kind, f.Subject, f.Position)).ShouldBe([(FindingKind.Removed, "record of deletion", 301), (FindingKind.Changed, Finding.Event, 7)]);
    }

    [Fact]
    public async Task A_record_that_was_altered_afterwards_explains_nothing()
    {
        _verified.Wait(ThreeYears);
        await DeleteStreamAsync(_verified.Now, 41);
        await _ledger.BuildAsync();
        await _verified.TamperAsync("update events.mt_events set data = jsonb_set(data, '{streams,0,positions}', '[41, 42, 43, 44, 45, 46]') where type = 'records_deleted'; delete from events.mt_events where seq_id = 46");
        (await FoundAsync()).ShouldBe([(FindingKind.Changed, 301), .. Enumerable.Range(41, 6).Select(position => (FindingKind.Removed, (long?)position))], ignoreOrder: true);
    }

    [Fact]
    public async Task A_checkpoint_that_is_dated_back_makes_nothing_older()
    {
        _verified.Wait(ThreeYears);
        await _ledger.AppendAsync(1, 5);
        await _ledger.BuildAsync();
        var note = SignedNote.Sign(new Checkpoint(await _ledger.ScalarAsync<string>("select id from audit.log"), 305, await ProofBuilder.RootAsync(_ledger.Nodes, 305), _verified.Now - ThreeYears * 2, 305), _verified.Key);
        object[] row = [note.Checkpoint.Root.ToArray(), note.Checkpoint.SignedAt, _verified.Key.Id, note.Text];
        const string Insert = "insert into audit.checkpoints values (305, $1, $2, 305, $3, $4)";
        (await Should.ThrowAsync<PostgresException>(() => _ledger.ExecuteAsync(Insert, row))).SqlState.ShouldBe("SO002");
        await _verified.TamperAsync(Insert, row);
        await DeleteStreamAsync(_verified.Now, 301);
        var findings = (await _verified.VerifyAsync()).Findings;
        findings.ShouldContain(f => f.Kind == FindingKind.CheckpointForged && f.Subject == "checkpoint 305");
        findings.Where(f => f.Kind == FindingKind.EarlyDeletion).Select(f => f.Position).ShouldBe([301, 302, 303, 304, 305]);
    }

    private static readonly (FindingKind, long?)[] Early41To45 = [.. Enumerable.Range(41, 5).Select(position => (FindingKind.EarlyDeletion, (long?)position))];

    private async Task<(FindingKind, long?)[]> FoundAsync() => [.. (await _verified.VerifyAsync()).Findings.Select(f => (f.Kind, f.Position))];

    private Task<Guid> StreamAtAsync(long position) => _ledger.ScalarAsync<Guid>("select stream_id from events.mt_events where seq_id = $1", position);

    private Task RemoveAsync(Guid stream) => _verified.TamperAsync($"delete from events.mt_events where stream_id = '{stream}'; delete from events.mt_streams where id = '{stream}'");

    /// <summary>The whole stream of the event there, with a record of it.</summary>
    private async Task DeleteStreamAsync(DateTimeOffset at, long position)
    {
        var stream = await StreamAtAsync(position);
        var positions = await _ledger.ScalarAsync<long[]>("select array_agg(seq_id order by version) from events.mt_events where stream_id = $1", stream);
        await RecordAsync(at, Record(at, stream, positions.Length, positions));
        await RemoveAsync(stream);
    }

    private static string Record(DateTimeOffset at, Guid stream, int events, params long[] positions) => string.Create(CultureInfo.InvariantCulture,
        $$"""{ "rule": "default", "ruleVersion": 1, "deletedAt": "{{at:O}}", "streams": [ { "streamId": "{{stream}}", "number": "SO-1", "kind": "Repair", "events": {{events}}, "positions": [{{string.Join(", ", positions)}}] } ] }""");

    private async Task RecordAsync(DateTimeOffset at, string data, string streamType = "retention") => (await _ledger.Store.AppendAsync(new Append
    {
        StreamId = Guid.CreateVersion7(), StreamType = streamType, ExpectedVersion = 0, Now = at,
        Events = [new NewEvent(Guid.CreateVersion7(), "records_deleted", "Retention.RecordsDeleted, Retention", data, "{}", null, null, "clock:retention")],
    })).ShouldBeOfType<Appended>();
}
