using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Retention;

/// <summary>What becomes of tickets that are past their time, as everyone sees it (row A3).</summary>
public sealed class RetentionTests(TestServer server)
{
    [Fact]
    public async Task Three_years_after_closing_a_ticket_is_archived_read_by_id_and_on_no_list_and_takes_no_act()
    {
        await using var service = await OldService.StartAsync(server);
        var ticket = await service.EndedAsync("WX-1", cancelled: false);
        await service.LetPassAsync(TimeSpan.FromDays(60));
        var last = (await service.Shop.GetAsync($"/v1/tickets/{ticket}")).Value<int>("version");
        var before = await service.Shop.GetAsync($"/v1/tickets/{ticket}?version={last}");
        before.Text("status").ShouldBe("closed");

        await service.LetPassAsync(TimeSpan.FromDays(3 * 365));
        (await service.RunAsync()).Value<long>("archived").ShouldBe(0, "settling its last clocks was the last thing recorded, 60 days after its closing");
        await service.LetPassAsync(TimeSpan.FromDays(1));
        var run = await service.RunAsync();

        (run.Value<long>("archived"), run.Value<long>("deleted"), run.Value<int>("rulesVersion")).ShouldBe((1, 0, 1));
        (await service.Shop.GetAsync($"/v1/tickets/{ticket}?version={last}")).Body.ShouldBe(before.Body);
        foreach (var name in (string[])[ticket.ToString(), before.Text("number")])
            (await service.Shop.GetAsync($"/v1/tickets/{name}")).ShouldSatisfyAllConditions(a => a.Value<int>("version").ShouldBe(last), a => a.Text("description").ShouldStartWith("开机"));
        (await service.Shop.GetAsync($"/v1/tickets/{ticket}/history")).Items.Count.ShouldBe(last);
        (await service.Shop.GetAsync($"/v1/tickets/{ticket}?version=1")).Text("status").ShouldBe("open");
        (await service.Shop.GetAsync("/v1/tickets")).Items.ShouldBeEmpty();
        foreach (var act in (string[])["reopen", "rate"]) (await service.Shop.PostAsync($"/v1/tickets/{ticket}/{act}", act == "rate" ? """{ "score": 5 }""" : "{}")).Problem.ShouldBe("archived");
        (await service.Supervisor.PostAsync($"/v1/tickets/{ticket}/note", """{ "text": "late" }""")).Problem.ShouldBe("archived");
        await service.LetPassAsync(TimeSpan.FromDays(400));
        (await service.Shop.GetAsync($"/v1/tickets/{ticket}")).Value<int>("version").ShouldBe(last, "no clock changes what is archived");
        (await service.Shop.PostAsync("/v1/tickets", RunningService.Request("WX-1"))).ShouldSatisfyAllConditions(a => a.Status.ShouldBe(200), a => a.Value<Guid>("id").ShouldBe(ticket));

        var record = (await service.Administrator.GetAsync("/v1/audit/retention/records")).Items.ShouldHaveSingleItem()!;
        (record["action"]!.GetValue<string>(), record["rule"]!.GetValue<string>(), record["ruleVersion"]!.GetValue<int>()).ShouldBe(("archive", "three-years", 1));
        record["tickets"]!.AsArray().ShouldHaveSingleItem()!["ticketId"]!.GetValue<Guid>().ShouldBe(ticket);
        (await service.RunAsync()).Value<long>("archived").ShouldBe(0, "it is done once");
    }

    [Fact]
    public async Task What_is_deleted_is_gone_everywhere_but_from_the_record_of_it()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync(OldService.DeleteAll);
        var (ticket, open) = (await service.EndedAsync("WX-1"), (await service.Shop.PostAsync("/v1/tickets", RunningService.Request("WX-2"))).Value<Guid>("id"));
        var number = (await service.Shop.GetAsync($"/v1/tickets/{ticket}")).Text("number");
        await service.LetPassAsync(TimeSpan.FromDays(30));
        await service.CheckpointAsync();
        var positions = await service.ScalarAsync<long[]>("select array_agg(seq_id order by version) from events.mt_events where stream_id = $1", ticket);
        (await service.ScalarAsync<long>("select count(*) from reporting.milestones where ticket_id = $1", ticket)).ShouldBePositive();
        await service.LetThreeYearsPassAsync();

        var run = await service.RunAsync();

        (run.Value<long>("deleted"), run.Value<long>("archived"), run.Value<int>("rulesVersion"), run.Value<bool>("mayDelete")).ShouldBe((1, 0, 2, true));
        foreach (var path in (string[])[$"/v1/tickets/{ticket}", $"/v1/tickets/{number}", $"/v1/tickets/{ticket}/history", $"/v1/tickets/{ticket}?version=1"]) (await service.Shop.GetAsync(path)).Status.ShouldBe(404);
        (await service.Supervisor.PostAsync($"/v1/tickets/{ticket}/note", """{ "text": "late" }""")).Status.ShouldBe(404);
        foreach (var trace in (string[])["events.mt_streams where id", "events.mt_events where stream_id", "events.due where stream_id", "events.unique_keys where stream_id", "read.tickets where id", "read.queue where id",
            "reporting.milestones where ticket_id", "read.audit_events where stream_id", "read.audit_streams where stream_id", "read.audit_equipment where stream_id", "privacy.subject_keys where subject_id"])
            (await service.ScalarAsync<long>($"select count(*) from {trace} = $1", ticket)).ShouldBe(0, trace);
        (await service.Shop.GetAsync($"/v1/tickets/{open}")).ShouldSatisfyAllConditions(a => a.Status.ShouldBe(200), a => a.Text("description").ShouldStartWith("开机"));

        var record = (await service.Administrator.GetAsync("/v1/audit/retention/records")).Items.ShouldHaveSingleItem()!;
        record["rule"]!.GetValue<string>().ShouldBe("gone");
        record["at"]!.GetValue<DateTimeOffset>().ShouldBe(service.Time.Current);
        var gone = record["tickets"]!.AsArray().ShouldHaveSingleItem()!;
        (gone["ticketId"]!.GetValue<Guid>(), gone["number"]!.GetValue<string>(), gone["kind"]!.GetValue<string>(), gone["events"]!.GetValue<int>()).ShouldBe((ticket, number, "repair", positions.Length));
        gone["positions"]!.AsArray().Select(p => p!.GetValue<long>()).ShouldBe(positions);
        record["proof"].ShouldBeNull("it is not under a checkpoint yet");
        await service.CheckpointAsync();
        var proven = (await service.Administrator.GetAsync("/v1/audit/retention/records")).Items.ShouldHaveSingleItem()!["proof"]!;
        proven.ToJsonString().ShouldBe((await service.Administrator.GetAsync($"/v1/audit/proofs/inclusion?position={record["position"]}")).Json.ToJsonString());
        (await service.ScalarAsync<long>("select count(*) from audit.leaf_tiles t cross join lateral unnest(t.positions) p where p = any($1)", positions)).ShouldBe(positions.Length, "the hashes of its events stay in the log");
    }

    [Fact]
    public async Task The_reference_of_a_deleted_ticket_is_free_and_opens_another_one()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync(OldService.DeleteAll);
        var ticket = await service.EndedAsync("WX-1");
        await service.CheckpointAsync();
        await service.LetThreeYearsPassAsync();
        await service.RunAsync();
        var again = await service.Shop.PostAsync("/v1/tickets", RunningService.Request("WX-1"));
        again.Status.ShouldBe(201);
        again.Value<Guid>("id").ShouldNotBe(ticket);
        (await service.Shop.PostAsync("/v1/tickets", RunningService.Request("WX-1"))).Value<Guid>("id").ShouldBe(again.Value<Guid>("id"));
    }

    [Fact]
    public async Task A_customer_s_key_outlives_the_customer_s_deleted_tickets()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync(OldService.DeleteAll);
        var customer = Guid.CreateVersion7(service.Time.Current);
        var old = await service.EndedAsync(customer: customer);
        (await service.Shop.GetAsync($"/v1/tickets/{old}")).Status.ShouldBe(200);
        await service.CheckpointAsync();
        await service.LetPassAsync(TimeSpan.FromDays(900));
        var later = await service.EndedAsync(customer: customer);
        await service.LetPassAsync(TimeSpan.FromDays(200));
        (await service.RunAsync()).Value<long>("deleted").ShouldBe(1);
        (await service.ThereAsync([old, later])).ShouldBe([later]);
        // Who was shown the deleted one is still found by its id.
        await service.Services.GetRequiredService<ServiceOrders.Host.Privacy.AccessJournal>().FlushAsync();
        await service.FollowAsync();
        (await service.Administrator.GetAsync($"/v1/audit/accesses?ticket={old}")).Items.ShouldHaveSingleItem()!["route"]!.GetValue<string>().ShouldBe("GET /v1/tickets/{idOrNumber}");
        (await service.Shop.GetAsync($"/v1/tickets/{later}")).Text("description").ShouldStartWith("开机");
    }

    [Fact]
    public async Task A_ticket_under_legal_hold_is_neither_archived_nor_deleted_and_after_the_hold_is_kept_three_years_more()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync(OldService.DeleteAll);
        var ticket = await service.EndedAsync();
        (await service.Supervisor.PostAsync($"/v1/tickets/{ticket}/place-legal-hold", """{ "reason": "诉讼" }""")).Status.ShouldBe(200);
        await service.CheckpointAsync();
        await service.LetThreeYearsPassAsync();
        (await service.RunAsync()).Json["left"]!.ToJsonString().ShouldBe("""{"legalHold":1}""");
        await service.PutRulesAsync("""{ "rules": [ { "name": "away", "age": "P3Y", "action": "archive" } ] }""");
        (await service.RunAsync()).Json["left"]!.ToJsonString().ShouldBe("""{"legalHold":1}""");

        (await service.Supervisor.PostAsync($"/v1/tickets/{ticket}/lift-legal-hold", """{ "reason": "结案" }""")).Status.ShouldBe(200);
        await service.PutRulesAsync(OldService.DeleteAll);
        await service.CheckpointAsync();
        (await service.RunAsync()).Value<long>("examined").ShouldBe(0, "something was recorded in it just now");
        await service.LetThreeYearsPassAsync();
        (await service.RunAsync()).Value<long>("deleted").ShouldBe(1);
    }

    [Fact]
    public async Task A_legal_hold_brings_a_ticket_back_from_the_archive()
    {
        await using var service = await OldService.StartAsync(server);
        var ticket = await service.EndedAsync();
        await service.LetThreeYearsPassAsync();
        (await service.RunAsync()).Value<long>("archived").ShouldBe(1);

        var held = await service.Supervisor.PostAsync($"/v1/tickets/{ticket}/place-legal-hold", """{ "reason": "诉讼" }""");

        held.Status.ShouldBe(200);
        held.Json["legalHold"]!["by"]!["id"]!.GetValue<string>().ShouldBe("wu-jie");
        (await service.Shop.GetAsync("/v1/tickets")).Items.ShouldHaveSingleItem();
        (await service.Supervisor.PostAsync($"/v1/tickets/{ticket}/note", """{ "text": "evidence" }""")).Status.ShouldBe(200);
        await service.LetThreeYearsPassAsync();
        (await service.RunAsync()).Value<long>("archived").ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_checkpoint_three_years_old_the_job_deletes_nothing_and_says_so()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync(OldService.DeleteAll);
        var ticket = await service.EndedAsync();
        await service.LetThreeYearsPassAsync();
        await service.CheckpointAsync();
        (await service.RunAsync()).Json["left"]!.ToJsonString().ShouldBe("""{"notCovered":1}""");
        await service.LetThreeYearsPassAsync();
        (await service.RunAsync()).Value<long>("deleted").ShouldBe(1);
        (await service.ThereAsync([ticket])).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dry_run_counts_and_names_what_a_run_would_do_and_does_nothing()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync("""{ "rules": [ { "name": "gone", "kind": ["repair"], "age": "P3Y", "action": "delete" }, { "name": "away", "kind": ["complaint"], "age": "P3Y", "action": "archive" } ] }""");
        var repair = await service.EndedAsync();
        var complaint = (await service.Shop.PostAsync("/v1/tickets", RunningService.Request().Replace("\"repair\"", "\"complaint\"", StringComparison.Ordinal))).Value<Guid>("id");
        (await service.Supervisor.PostAsync($"/v1/tickets/{complaint}/cancel", "{}")).Status.ShouldBe(200);
        await service.CheckpointAsync();
        await service.LetThreeYearsPassAsync();
        // The years that passed have other workers write something of their own.
        const string Events = "select count(*) from events.mt_events e join events.mt_streams s on s.id = e.stream_id where s.type in ('ticket', 'retention')";
        var events = await service.ScalarAsync<long>(Events);
        var rows = await service.RowsAsync("read.queue");

        var run = await service.RunAsync(dryRun: true);

        (run.Value<long>("deleted"), run.Value<long>("archived"), run.Value<bool>("dryRun")).ShouldBe((1, 1, true));
        run.Json["named"]!.AsArray().Select(n => (n!["ticketId"]!.GetValue<Guid>(), n["rule"]!.GetValue<string>(), n["action"]!.GetValue<string>())).ShouldBe([(repair, "gone", "delete"), (complaint, "away", "archive")]);
        (await service.ScalarAsync<long>(Events)).ShouldBe(events);
        (await service.RowsAsync("read.queue")).ShouldBe(rows);
        (await service.Administrator.GetAsync("/v1/audit/retention/records")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_goes_with_its_ticket_only_where_nobody_else_needs_it()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync(OldService.DeleteAll);
        var (own, customers, shared) = (await service.EndedAsync(), await service.EndedAsync(), await service.EndedAsync());
        await service.CheckpointAsync();
        await service.LetThreeYearsPassAsync();
        var later = (await service.Shop.PostAsync("/v1/tickets", RunningService.Request())).Value<Guid>("id");
        // What no part of the service does: a key that is a customer's under the ticket's own id, and another ticket that is of the same subject.
        await service.ExecuteAsync("update privacy.subject_keys set customer_id = gen_random_uuid() where subject_id = $1", customers);
        await service.ExecuteAsync("update read.tickets set subject_id = $1 where id = $2", shared, later);

        (await service.RunAsync()).Value<long>("deleted").ShouldBe(3);

        (await service.ScalarAsync<Guid[]>("select array_agg(subject_id) from privacy.subject_keys where subject_id = any($1)", new[] { own, customers, shared })).ShouldBe([customers, shared], ignoreOrder: true);
    }

    [Fact]
    public async Task What_a_run_would_delete_it_would_not_archive_as_well_and_what_it_leaves_it_leaves_once()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync("""{ "rules": [ { "name": "gone", "age": "P4Y", "action": "delete" }, { "name": "away", "age": "P3Y", "action": "archive" } ] }""");
        var (gone, held, broken) = (await service.EndedAsync(), await service.EndedAsync(), await service.EndedAsync());
        (await service.Supervisor.PostAsync($"/v1/tickets/{held}/place-legal-hold", """{ "reason": "诉讼" }""")).Status.ShouldBe(200);
        await service.CheckpointAsync();
        await service.LetPassAsync(TimeSpan.FromDays(400));
        var away = await service.EndedAsync();
        await service.ExecuteAsync("update read.tickets set doc = '[' where id = $1", broken);
        await service.LetThreeYearsPassAsync();

        foreach (var dryRun in (bool[])[true, false])
        {
            var run = await service.RunAsync(dryRun);
            (run.Value<long>("deleted"), run.Value<long>("archived")).ShouldBe((1, 1));
            run.Json["left"]!.ToJsonString().ShouldBe("""{"legalHold":1,"unreadable":1}""");
            if (dryRun) run.Json["named"]!.AsArray().Select(n => n!["ticketId"]!.GetValue<Guid>()).ShouldBe([gone, away]);
        }
        (await service.ThereAsync([gone, held, broken, away])).ShouldBe([held, broken, away], ignoreOrder: true);
    }

    [Fact]
    public async Task A_rule_of_a_hundred_years_deletes_nothing_and_keeps_nothing_from_being_archived()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync("""{ "rules": [ { "name": "gone", "age": "P100Y", "action": "delete" }, { "name": "away", "age": "P3Y", "action": "archive" } ] }""");
        await service.EndedAsync();
        await service.LetThreeYearsPassAsync();
        var run = await service.RunAsync();
        (run.Value<long>("deleted"), run.Value<long>("archived")).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Under_the_service_s_own_login_tickets_are_archived_and_the_run_says_that_it_may_not_delete()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync("""{ "rules": [ { "name": "gone", "age": "P4Y", "action": "delete" }, { "name": "away", "age": "P3Y", "action": "archive" } ] }""");
        var ticket = await service.EndedAsync();
        await service.CheckpointAsync();
        await service.LetPassAsync(TimeSpan.FromDays(1_500));
        await using var limited = new EventStore.StoreDatabase(new Npgsql.NpgsqlConnectionStringBuilder(service.ConnectionString) { Options = "-c role=service_orders_app" }.ConnectionString);
        await using var worker = service.Worker(10, limited);

        var run = await service.AskAsync();
        await worker.RunDueAsync();

        var done = await service.Administrator.GetAsync(run);
        (done.Text("state"), done.Value<bool>("mayDelete"), done.Value<long>("deleted"), done.Value<long>("archived")).ShouldBe(("done", false, 0, 1));
        done.Json["left"]!.ToJsonString().ShouldBe("""{"notAllowed":1}""");
        (await service.ThereAsync([ticket])).ShouldBe([ticket]);

        // Its owner may trust the service with the one function; it still deletes nothing by itself.
        await service.ExecuteAsync("grant execute on function audit.delete_stream(uuid, timestamptz) to service_orders_app");
        var trusted = await service.AskAsync();
        await worker.RunDueAsync();
        (await service.Administrator.GetAsync(trusted)).Value<long>("deleted").ShouldBe(1, "what is archived, too");
        (await service.ThereAsync([ticket])).ShouldBeEmpty();
    }

    [Fact]
    public async Task Running_tickets_are_retargeted_and_tried_out_as_if_retention_had_never_been()
    {
        await using var service = await OldService.StartAsync(server);
        await service.PutRulesAsync("""{ "rules": [ { "name": "gone", "kind": ["repair"], "age": "P3Y", "action": "delete" }, { "name": "away", "kind": ["complaint"], "age": "P3Y", "action": "archive" } ] }""");
        await service.EndedAsync();
        var archived = (await service.Shop.PostAsync("/v1/tickets", RunningService.Request().Replace("\"repair\"", "\"complaint\"", StringComparison.Ordinal))).Value<Guid>("id");
        (await service.Supervisor.PostAsync($"/v1/tickets/{archived}/cancel", "{}")).Status.ShouldBe(200);
        await service.CheckpointAsync();
        await service.LetThreeYearsPassAsync();
        var run = await service.RunAsync();
        (run.Value<long>("deleted"), run.Value<long>("archived")).ShouldBe((1, 1));
        var running = await service.Shop.PostAsync("/v1/tickets", RunningService.Request());
        var before = (await service.Shop.GetAsync($"/v1/tickets/{archived}")).ETag;

        var calendar = await service.Administrator.GetAsync("/v1/calendars/cn-office");
        var corrected = calendar.Json.AsObject();
        corrected["days"] = new System.Text.Json.Nodes.JsonArray();
        foreach (var member in (string[])["version", "retargeting"]) corrected.Remove(member);
        var put = await service.Administrator.PutAsync("/v1/calendars/cn-office", corrected.ToJsonString());
        put.Status.ShouldBe(200);
        await service.LetPassAsync(TimeSpan.FromSeconds(6));
        var retargeting = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Host.Retargetings.RetargetingWorker>(service.Services);
        await retargeting.RunDueAsync();
        await service.LetPassAsync(TimeSpan.FromSeconds(60));
        await retargeting.RunDueAsync();

        var job = await service.Administrator.GetAsync($"/v1/retargetings/{put.Text("retargeting")}");
        (job.Text("state"), job.Value<long>("total"), job.Value<long>("failed")).ShouldBe(("done", 1, 0));
        (await service.Shop.GetAsync($"/v1/tickets/{archived}")).ETag.ShouldBe(before);
        var tried = await service.Administrator.PostAsync("/v1/simulations", """{ "policy": "standard", "tickets": { "openedFrom": "2019-01-01T00:00:00Z", "openedTo": "2025-01-01T00:00:00Z" } }""");
        tried.Status.ShouldBe(200);
        tried.Body.ShouldContain(running.Text("id"));
        tried.Body.ShouldNotContain(archived.ToString());
    }
}
