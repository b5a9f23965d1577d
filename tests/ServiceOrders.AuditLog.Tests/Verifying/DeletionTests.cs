using System.Globalization;
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
        await DeleteAsync(_verified.Now, 41, 42, 43, 44, 45);
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        (await _verified.VerifyAsync()).ShouldSatisfyAllConditions(r => r.Findings.ShouldBeEmpty(), r => r.Deleted.ShouldBe(5), r => r.Leaves.ShouldBe(301), r => r.Events.ShouldBe(296));
    }

    [Fact]
    public async Task Events_deleted_earlier_are_found_although_there_is_a_record()
    {
        _verified.Wait(TimeSpan.FromDays(365));
        await DeleteAsync(_verified.Now, 41, 42);
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        (await _verified.VerifyAsync()).Findings.Select(f => (f.Kind, f.Position)).ShouldBe([(FindingKind.EarlyDeletion, 41), (FindingKind.EarlyDeletion, 42)]);
    }

    [Fact]
    public async Task A_record_that_claims_a_later_day_than_the_checkpoint_that_has_it_is_not_believed()
    {
        await DeleteAsync(_verified.Now + ThreeYears, 41);
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        _verified.Wait(ThreeYears * 2);
        (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.EarlyDeletion);
    }

    [Fact]
    public async Task A_record_that_claims_a_day_ahead_is_not_believed_before_it_is_under_a_checkpoint()
    {
        await DeleteAsync(_verified.Now + ThreeYears, 41);
        await _ledger.BuildAsync();
        (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.EarlyDeletion);
    }

    [Fact]
    public async Task A_record_that_names_other_events_explains_nothing()
    {
        _verified.Wait(ThreeYears);
        await DeleteAsync(_verified.Now, 41);
        await _verified.TamperAsync("delete from events.mt_events where seq_id = 42");
        await _ledger.BuildAsync();
        (await _verified.VerifyAsync()).Findings.Select(f => (f.Kind, f.Position)).ShouldBe([(FindingKind.Removed, 42)]);
    }

    [Fact]
    public async Task What_was_deleted_a_moment_ago_is_judged_once_its_record_is_in_the_log()
    {
        await DeleteAsync(_verified.Now, 41);
        (await _verified.VerifyAsync()).ShouldSatisfyAllConditions(r => r.Findings.ShouldBeEmpty(), r => r.Deleted.ShouldBe(0));
        await _ledger.BuildAsync();
        (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.EarlyDeletion);
    }

    [Fact]
    public async Task A_record_that_was_altered_afterwards_explains_nothing()
    {
        _verified.Wait(ThreeYears);
        await DeleteAsync(_verified.Now, 41);
        await _ledger.BuildAsync();
        await _verified.TamperAsync("update events.mt_events set data = jsonb_set(data, '{streams,0,positions}', '[41, 42]') where type = 'records_deleted'; delete from events.mt_events where seq_id = 42");
        (await _verified.VerifyAsync()).Findings.Select(f => (f.Kind, f.Position)).ShouldBe([(FindingKind.Changed, 301), (FindingKind.Removed, 41), (FindingKind.Removed, 42)], ignoreOrder: true);
    }

    private async Task DeleteAsync(DateTimeOffset at, params long[] positions)
    {
        var data = string.Create(CultureInfo.InvariantCulture, $$"""{ "rule": "default", "ruleVersion": 1, "deletedAt": "{{at:O}}", "streams": [ { "streamId": "{{Guid.NewGuid()}}", "number": "SO-1", "kind": "Repair", "events": 1, "positions": [{{string.Join(", ", positions)}}] } ] }""");
        var outcome = await _ledger.Store.AppendAsync(new Append
        {
            StreamId = Guid.CreateVersion7(), StreamType = "retention", ExpectedVersion = 0, Now = at,
            Events = [new NewEvent(Guid.CreateVersion7(), "records_deleted", "Retention.RecordsDeleted, Retention", data, "{}", null, null, "clock:retention")],
        });
        outcome.ShouldBeOfType<Appended>();
        await _verified.TamperAsync("delete from events.mt_events where seq_id = any ($1)", positions);
    }
}
