using System.Globalization;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Retention;
using ServiceOrders.ReadModels.Reporting;
using ServiceOrders.ReadModels.Retention;
using ServiceOrders.ReadModels.Tickets;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Retention;

/// <summary>Runs of retention that are killed, shared, overtaken: what was done and the record of it are together or not at all, and nothing is done twice.</summary>
public sealed class RetentionTroubleTests(TestServer server)
{
    [Fact]
    public async Task A_session_that_is_killed_between_the_deletion_and_its_record_leaves_both_undone()
    {
        await using var service = await OldService.StartAsync(server);
        var tickets = await EndedAsync(service, 3);
        await using var worker = service.Worker(10);
        var run = await service.AskAsync();

        // The append lock is the last thing before the record: by then the streams are deleted, in a transaction that waits here.
        await using var connection = await service.Sql.OpenConnectionAsync();
        await RunAsync(connection, "select pg_advisory_lock(21327, 1)");
        var working = Task.Run(() => worker.RunDueAsync());
        var waiting = await WaitingForAppendLockAsync(service);
        await RunAsync(connection, $"select pg_terminate_backend({waiting.ToString(CultureInfo.InvariantCulture)})");
        (await Should.ThrowAsync<NpgsqlException>(() => working)).SqlState.ShouldBe("57P01");
        await RunAsync(connection, "select pg_advisory_unlock(21327, 1)");

        (await service.ThereAsync(tickets)).Length.ShouldBe(3);
        (await service.ScalarAsync<long>("select count(*) from read.tickets where id = any($1)", tickets)).ShouldBe(3);
        (await service.ScalarAsync<long>("select count(*) from privacy.subject_keys where subject_id = any($1)", tickets)).ShouldBe(3);
        (await service.RecordedAsync("records_deleted")).ShouldBeEmpty();

        (await service.DoneAsync(run, worker)).Value<long>("deleted").ShouldBe(3);
        (await service.ThereAsync(tickets)).ShouldBeEmpty();
        (await service.RecordedAsync("records_deleted")).Order().ShouldBe(tickets.Order());
    }

    [Fact]
    public async Task A_run_that_fails_between_pages_goes_on_where_it_was_and_records_each_ticket_once()
    {
        await using var service = await OldService.StartAsync(server);
        var tickets = await EndedAsync(service, 7);
        await using var worker = service.Worker(2);
        var run = await service.AskAsync();
        await service.ExecuteAsync("""
            create function public.fail() returns trigger language plpgsql as $$
            begin
                if new.type = 'records_deleted' and (select count(*) from events.mt_events where type = 'records_deleted') >= 2 then raise exception 'the disk is full' using errcode = '53100'; end if;
                return new;
            end $$
            """);
        await service.ExecuteAsync("create trigger fail before insert on events.mt_events for each row execute function public.fail()");

        (await Should.ThrowAsync<PostgresException>(() => worker.RunDueAsync())).SqlState.ShouldBe("53100");

        var left = await service.ThereAsync(tickets);
        left.Length.ShouldBe(3, "two pages of two went");
        (await service.RecordedAsync("records_deleted")).Order().ShouldBe(tickets.Except(left).Order(), "what is gone is recorded, and what is recorded is gone");
        (await service.Administrator.GetAsync(run)).ShouldSatisfyAllConditions(a => a.Text("state").ShouldBe("running"), a => a.Value<long>("deleted").ShouldBe(4));

        await service.ExecuteAsync("drop trigger fail on events.mt_events");
        await using var next = service.Worker(2);
        (await service.DoneAsync(run, next)).Value<long>("deleted").ShouldBe(7);
        (await service.RecordedAsync("records_deleted")).Order().ShouldBe(tickets.Order());
    }

    [Fact]
    public async Task A_ticket_of_which_an_event_is_missing_is_left_and_keeps_no_other()
    {
        await using var service = await OldService.StartAsync(server);
        var tickets = await EndedAsync(service, 3);
        await service.ExecuteAsync("set session_replication_role = replica; delete from events.mt_events where stream_id = (select $1::uuid) and version = 2; set session_replication_role = origin"
            .Replace("(select $1::uuid)", $"'{tickets[1]}'", StringComparison.Ordinal));
        var run = await service.RunAsync();
        run.Value<long>("deleted").ShouldBe(2);
        run.Json["left"]!.ToJsonString().ShouldBe("""{"notWhole":1}""");
        (await service.ThereAsync(tickets)).ShouldBe([tickets[1]]);
        (await service.RecordedAsync("records_deleted")).ShouldBe([tickets[0], tickets[2]], ignoreOrder: true);
    }

    [Theory]
    [InlineData("SO002")]
    [InlineData("SO003")]
    public async Task A_ticket_that_the_database_keeps_for_a_reason_of_its_own_is_left_and_keeps_no_other(string error)
    {
        await using var service = await OldService.StartAsync(server);
        var tickets = await EndedAsync(service, 3);
        await service.ExecuteAsync($"""
            create function public.keep() returns trigger language plpgsql as $$
            begin
                if old.id = '{tickets[0]}' then raise exception 'not this one' using errcode = '{error}'; end if;
                return old;
            end $$;
            create trigger keep before delete on events.mt_streams for each row execute function public.keep()
            """);
        var run = await service.RunAsync();
        run.Value<long>("deleted").ShouldBe(2);
        run.Json["left"]!.ToJsonString().ShouldBe("""{"refused":1}""");
        (await service.ThereAsync(tickets)).ShouldBe([tickets[0]]);
        (await service.ScalarAsync<long>("select count(*) from read.tickets where id = any($1)", tickets)).ShouldBe(1);
        (await service.ScalarAsync<Guid[]>("select array_agg(subject_id) from privacy.subject_keys where subject_id = any($1)", tickets)).ShouldBe([tickets[0]]);
    }

    [Fact]
    public async Task Two_nodes_share_a_run_and_do_nothing_twice()
    {
        await using var service = await OldService.StartAsync(server);
        var tickets = await EndedAsync(service, 24);
        await using var other = new StoreDatabase(service.ConnectionString);
        await using var first = service.Worker(2);
        await using var second = service.Worker(3, other);
        var run = await service.AskAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => service.DoneAsync(run, i % 2 == 0 ? first : second))));

        (await service.Administrator.GetAsync(run)).Value<long>("deleted").ShouldBe(24);
        (await service.RecordedAsync("records_deleted")).Order().ShouldBe(tickets.Order());
    }

    [Fact]
    public async Task A_node_that_holds_a_run_as_it_was_does_not_do_again_what_another_has_done_since()
    {
        await using var service = await OldService.StartAsync(server);
        await EndedAsync(service, 2);
        await using var worker = service.Worker(10);
        var address = await service.AskAsync();
        var stale = (await new RetentionRunQuery(service.Database.Pooled).NextAsync())!;
        await service.DoneAsync(address, worker);
        var late = await EndedAsync(service, 1);
        var ticket = (await new TicketQuery(service.Database.Pooled).ByIdAsync(late[0]))!;
        var rule = new Domain.Retention.RetentionRule { Name = "gone", Age = "P3Y", Action = Domain.Retention.RetentionAction.Archive };
        var retirement = new TicketRetirement(service.Database, new RecordedWork(service.Database, new StoreSignals()), Microsoft.Extensions.Logging.Abstractions.NullLogger<TicketRetirement>.Instance);

        (await retirement.RetireAsync(stale, new RetentionChoice([new DueTicket(ticket, rule)], stale.Progress with { Looking = rule.Action }), service.Time.Current, default)).ShouldBeFalse();

        (await service.RecordedAsync("records_archived")).ShouldBeEmpty();
        (await service.ScalarAsync<bool>("select is_archived from events.mt_streams where id = $1", late[0])).ShouldBeFalse();
    }

    [Fact]
    public async Task A_ticket_that_changes_or_is_held_while_a_run_looks_at_it_is_left_for_the_next_run()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync("""{ "rules": [ { "name": "away", "age": "P3Y", "action": "archive" } ] }""");
        var (changed, held, free) = (await service.EndedAsync(), await service.EndedAsync(), await service.EndedAsync());
        await service.LetThreeYearsPassAsync();
        var tickets = new TicketQuery(service.Database.Pooled);
        var rule = new Domain.Retention.RetentionRule { Name = "away", Age = "P3Y", Action = Domain.Retention.RetentionAction.Archive };
        var due = new List<DueTicket>();
        foreach (var id in (Guid[])[changed, held, free]) due.Add(new DueTicket((await tickets.ByIdAsync(id))!, rule));
        (await service.Supervisor.PostAsync($"/v1/tickets/{changed}/place-legal-hold", """{ "reason": "诉讼" }""")).Status.ShouldBe(200);
        await using var holder = await service.Sql.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await RunAsync(holder, $"select from events.mt_streams where id = '{held}' for update");
        await service.AskAsync();
        var run = (await new RetentionRunQuery(service.Database.Pooled).NextAsync())!;
        var retirement = new TicketRetirement(service.Database, new RecordedWork(service.Database, new StoreSignals()), Microsoft.Extensions.Logging.Abstractions.NullLogger<TicketRetirement>.Instance);

        (await retirement.RetireAsync(run, new RetentionChoice(due, new RetentionProgress { StartedAt = service.Time.Current, RulesVersion = 2, Looking = rule.Action }), service.Time.Current, default)).ShouldBeTrue();

        var at = (await new RetentionRunQuery(service.Database.Pooled).FindAsync(run.Id))!.Progress;
        at.Left.ShouldBe(new Dictionary<string, long> { ["busy"] = 1, ["changed"] = 1 });
        (await service.RecordedAsync("records_archived")).ShouldBe([free]);
    }

    [Fact]
    public async Task Rules_that_are_published_while_a_run_is_under_way_hold_for_it_at_once()
    {
        await using var service = await OldService.StartAsync(server);
        var tickets = await EndedAsync(service, 2);
        await service.AskAsync();
        var runs = new RetentionRunQuery(service.Database.Pooled);
        var begun = (await runs.NextAsync())!;
        // It has passed the tickets already, by a version of the rules that deletes nothing.
        await runs.SaveAsync(begun, new RetentionProgress { StartedAt = service.Time.Current, RulesVersion = 1, LastTicket = new Guid("ffffffff-ffff-ffff-ffff-ffffffffffff") }, null);
        await using var worker = service.Worker(10);
        var done = await service.DoneAsync($"/v1/audit/retention/runs/{begun.Id}", worker);
        (done.Value<int>("rulesVersion"), done.Value<long>("deleted")).ShouldBe((2, 2));
        (await service.ThereAsync(tickets)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_models_rebuilt_after_archiving_and_deletion_are_the_same_as_before()
    {
        await using var service = await OldService.StartAsync(server);
        await MixedAsync(service);
        var (tickets, queue, report) = (await service.RowsAsync("read.tickets"), await service.RowsAsync("read.queue"), await service.RowsAsync("reporting.milestones"));
        (tickets.Length, queue.Length).ShouldBe((3, 2), "one of four is deleted, one archived");

        await new InlineRebuild(service.Database, [new TicketReadModels()]).RunAsync();
        await new ProjectionRebuild(service.Database, new MilestoneReport()).RunAsync();

        (await service.RowsAsync("read.tickets")).ShouldBe(tickets);
        (await service.RowsAsync("read.queue")).ShouldBe(queue);
        (await service.RowsAsync("reporting.milestones")).ShouldBe(report);
    }

    [Fact]
    public async Task A_rebuild_that_was_interrupted_does_not_bring_back_what_was_deleted_or_archived_meanwhile()
    {
        await using var service = await OldService.StartAsync(server);
        await MixedAsync(service, beforeTheRun: async () =>
        {
            using var stop = new CancellationTokenSource();
            await Should.ThrowAsync<OperationCanceledException>(() => new InlineRebuild(service.Database, [new TicketReadModels()]).RunAsync(new Stopping(stop), stop.Token));
        });
        (await service.ScalarAsync<long>("select count(*) from read.tickets_g2")).ShouldBe(3, "the interrupted rebuild's tables were cleared, too");
        var (tickets, queue) = (await service.RowsAsync("read.tickets"), await service.RowsAsync("read.queue"));
        (await new InlineRebuild(service.Database, [new TicketReadModels()]).RunAsync()).ShouldBe(2);
        (await service.RowsAsync("read.tickets")).ShouldBe(tickets);
        (await service.RowsAsync("read.queue")).ShouldBe(queue);
    }

    [Fact]
    public async Task A_run_waits_for_a_rebuild_that_is_running()
    {
        await using var service = await OldService.StartAsync(server);
        var tickets = await EndedAsync(service, 2);
        await using var worker = service.Worker(10);
        var run = await service.AskAsync();
        await using var rebuild = await service.Sql.OpenConnectionAsync();
        await RunAsync(rebuild, "select pg_advisory_lock(21327, 4)");
        await worker.RunDueAsync();
        (await service.ThereAsync(tickets)).Length.ShouldBe(2);
        (await service.Administrator.GetAsync(run)).Text("state").ShouldNotBe("done");
        await RunAsync(rebuild, "select pg_advisory_unlock(21327, 4)");
        (await service.DoneAsync(run, worker)).Value<long>("deleted").ShouldBe(2);
    }

    [Fact]
    public async Task The_day_s_run_is_made_once_however_many_nodes_there_are_and_not_before_its_time()
    {
        await using var service = await OldService.StartAsync(server);
        await using var other = new StoreDatabase(service.ConnectionString);
        await using var first = service.Worker(10);
        await using var second = service.Worker(10, other);
        await Task.WhenAll(first.RunDueAsync(), second.RunDueAsync());
        (await DailyAsync()).ShouldBe(0, "it is one in the morning");
        for (var day = 1; day <= 3; day++)
        {
            service.Time.Advance(TimeSpan.FromHours(day == 1 ? 17 : 24));
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => (i % 2 == 0 ? first : second).RunDueAsync())));
            (await DailyAsync()).ShouldBe(day);
        }

        Task<long> DailyAsync() => service.ScalarAsync<long>("select count(*) from read.retention_runs where day is not null");
    }

    /// <summary>A repair that is to be deleted, a complaint that is to be archived, a closed consultation that nobody's rule is for, and an open one; then a run.</summary>
    private static async Task MixedAsync(OldService service, Func<Task>? beforeTheRun = null)
    {
        await service.PutRulesAsync("""{ "rules": [ { "name": "gone", "kind": ["repair"], "age": "P3Y", "action": "delete" }, { "name": "away", "kind": ["complaint"], "age": "P3Y", "action": "archive" } ] }""");
        foreach (var kind in (string[])["repair", "complaint", "consultation", "installation"])
        {
            var opened = await service.Shop.PostAsync("/v1/tickets", Given.RunningService.Request().Replace("\"repair\"", $"\"{kind}\"", StringComparison.Ordinal));
            if (kind != "installation") (await service.Supervisor.PostAsync($"{opened.Location}/cancel", "{}")).Status.ShouldBe(200);
        }
        await service.LetPassAsync(TimeSpan.FromDays(60));
        await service.CheckpointAsync();
        await service.LetThreeYearsPassAsync();
        if (beforeTheRun is not null) await beforeTheRun();
        var run = await service.RunAsync();
        (run.Value<long>("deleted"), run.Value<long>("archived")).ShouldBe((1, 1));
    }

    /// <summary>Tickets that are to be deleted.</summary>
    private static async Task<Guid[]> EndedAsync(OldService service, int count)
    {
        await service.PutRulesAsync(OldService.DeleteAll);
        var tickets = new Guid[count];
        for (var i = 0; i < count; i++) tickets[i] = await service.EndedAsync();
        await service.CheckpointAsync();
        await service.LetThreeYearsPassAsync();
        return tickets;
    }

    private static async Task<int> WaitingForAppendLockAsync(OldService service)
    {
        while (true)
        {
            // Others may wait for it as well; the one that has deleted has written to the report.
            await using var command = service.Sql.CreateCommand("""
                select l.pid from pg_locks l where l.locktype = 'advisory' and l.classid = 21327 and l.objid = 1 and not l.granted and l.database = (select oid from pg_database where datname = current_database())
                and exists (select from pg_locks w where w.pid = l.pid and w.relation = 'reporting.milestones_g1'::regclass and w.mode = 'RowExclusiveLock')
                """);
            if (await command.ExecuteScalarAsync() is int waiting) return waiting;
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Stopping(CancellationTokenSource stop) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => stop.Cancel();
    }
}
