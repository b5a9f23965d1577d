using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.Domain.Retention;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Retention;

/// <summary>Whoever verifies the log accepts what retention deleted and finds whatever else is gone (rows A2, A3).</summary>
public sealed class RetentionProofTests(TestServer server)
{
    [Fact]
    public async Task What_was_archived_and_deleted_in_time_leaves_every_proof_valid_and_no_finding()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync("""{ "rules": [ { "name": "gone", "kind": ["repair"], "age": "P3Y", "action": "delete" }, { "name": "away", "kind": ["complaint"], "age": "P3Y", "action": "archive" } ] }""");
        Guid[] gone = [await service.EndedAsync(), await service.EndedAsync()];
        var complaint = (await service.Shop.PostAsync("/v1/tickets", RunningService.Request().Replace("\"repair\"", "\"complaint\"", StringComparison.Ordinal))).Value<Guid>("id");
        (await service.Supervisor.PostAsync($"/v1/tickets/{complaint}/cancel", "{}")).Status.ShouldBe(200);
        await service.CheckpointAsync();
        var events = await CountAsync(service, gone);
        await service.LetThreeYearsPassAsync();
        (await service.RunAsync()).ShouldSatisfyAllConditions(r => r.Value<long>("deleted").ShouldBe(2), r => r.Value<long>("archived").ShouldBe(1));
        await service.CheckpointAsync();

        var report = await VerifyAsync(service);

        report.Findings.ShouldBeEmpty();
        (report.IsClean, report.Deleted).ShouldBe((true, events));
        report.Events.ShouldBe(report.Leaves - events);
        (await service.Administrator.GetAsync($"/v1/tickets/{complaint}/evidence")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_ticket_that_is_deleted_behind_the_service_is_found_event_by_event()
    {
        await using var service = await OldService.StartAsync(server);
        var (ticket, _) = (await service.EndedAsync(), await service.EndedAsync());
        await service.CheckpointAsync();
        var positions = await PositionsAsync(service, ticket);

        await DeleteBehindAsync(service, ticket);

        var report = await VerifyAsync(service);
        report.Findings.Select(f => (f.Kind, f.Position)).ShouldBe(positions.Select(p => (FindingKind.Removed, (long?)p)));
    }

    [Fact]
    public async Task A_record_does_not_excuse_a_deletion_before_its_time()
    {
        await using var service = await OldService.StartAsync(server);
        var (ticket, _) = (await service.EndedAsync(), await service.EndedAsync());
        await service.CheckpointAsync();
        await service.LetPassAsync(TimeSpan.FromDays(1_000));
        var positions = await PositionsAsync(service, ticket);

        await DeleteBehindAsync(service, ticket);
        var record = new RecordsDeleted("gone", 1, service.Time.Current, [new DeletedTicket(ticket, "SO-?", TicketKind.Repair, service.Time.Current.AddYears(-4), positions.Length, positions)]);
        (await service.Services.GetRequiredService<IEventStore>().AppendAsync(new Append
        {
            StreamId = Guid.CreateVersion7(), StreamType = "retention", ExpectedVersion = 0, Now = service.Time.Current,
            Events = [EventSerializer.ToNew(record, service.Time.Current, new Actor(ActorKind.System, "retention"), new EventOrigin(null))],
        })).ShouldBeOfType<Appended>();
        await service.CheckpointAsync();

        var report = await VerifyAsync(service);
        report.Findings.Select(f => (f.Kind, f.Position)).ShouldBe(positions.Select(p => (FindingKind.EarlyDeletion, (long?)p)));
        report.Deleted.ShouldBe(0);
    }

    private static Task<VerificationReport> VerifyAsync(OldService service) =>
        new LogVerifier(service.Sql, service.Time).RunAsync(new VerificationBasis([], Path.Combine(RunningService.DataFolderOf(service.ConnectionString), "audit", "checkpoints.log")));

    /// <summary>What only a superuser can do, who switches the triggers off.</summary>
    private static async Task DeleteBehindAsync(OldService service, Guid ticket)
    {
        await using var connection = await service.Sql.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var sql in (string[])["set local session_replication_role = replica", $"delete from events.mt_events where stream_id = '{ticket}'", $"delete from events.mt_streams where id = '{ticket}'"])
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
        await transaction.CommitAsync();
    }

    private static Task<long[]> PositionsAsync(OldService service, Guid ticket) => service.ScalarAsync<long[]>("select array_agg(seq_id order by seq_id) from events.mt_events where stream_id = $1", ticket);

    private static Task<long> CountAsync(OldService service, Guid[] tickets) => service.ScalarAsync<long>("select count(*) from events.mt_events where stream_id = any($1)", tickets);
}
