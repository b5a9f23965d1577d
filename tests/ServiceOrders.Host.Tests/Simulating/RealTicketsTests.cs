using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Simulating;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Simulating;

/// <summary>Simulating real tickets over HTTP.</summary>
public sealed class RealTicketsTests(RunningService service) : IClassFixture<RunningService>
{
    private const string Strict = """
        { "name": "strict", "milestones": [ { "name": "acknowledge", "target": { "elapsed": "PT10M" }, "startsOn": ["opened"], "metBy": ["acknowledged"], "onBreach": [ { "escalate": 2 } ] } ] }
        """;

    private const string Everything = """
        select md5(string_agg(part, ',')) from (
            select (select coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from events.mt_events t)::text as part
            union all select (select coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from events.mt_streams t)::text
            union all select (select coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from events.due t)::text
            union all select (select coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from events.unique_keys t)::text
            union all select (select coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from read.tickets t)::text
            union all select (select coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from read.queue t)::text
            union all select (select coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from privacy.subject_keys t)::text
            union all select (select last_value::text from events.mt_events_sequence)
            union all select (select last_value::text from read.service_numbers)) parts
        """;

    private const string Supposed = """{ "acts": [ { "act": "open", "occurredAt": "2026-05-04T12:00:00Z" } ] }""";

    /// <summary>A written request of the shop, acknowledged after so many minutes.</summary>
    private async Task<(string Id, DateTimeOffset OpenedAt)> Acknowledged(int minutes)
    {
        service.Time.Advance(TimeSpan.FromSeconds(1));
        var openedAt = service.Time.Current;
        var location = (await service.Shop.PostAsync("/v1/tickets", RunningService.Request().Replace("\"chat\"", "\"web\""))).Location!;
        await service.LetPassAsync(TimeSpan.FromMinutes(minutes));
        (await service.Agent.PostAsync($"{location}/acknowledge", "{}")).Status.ShouldBe(200);
        return (location.Split('/')[^1], openedAt);
    }

    private async Task<System.Text.Json.Nodes.JsonNode[]> Simulate(string tickets, string policy = Strict, string more = "") =>
        Lines.Of(await service.Auditor.PostAsync("/v1/simulations", $$"""{ "policy": {{policy}}, "tickets": { {{tickets}} } {{more}} }"""));

    private static string From(DateTimeOffset at) => $"\"openedFrom\": \"{at:yyyy-MM-dd'T'HH:mm:ss'Z'}\"";

    [Fact]
    public async Task Each_ticket_is_told_beside_itself_and_the_summary_adds_them_up()
    {
        var (quick, from) = await Acknowledged(5);
        var (slow, _) = await Acknowledged(40);
        var (slower, _) = await Acknowledged(190);

        var lines = await Simulate(From(from));

        ((string?)lines[0]["type"], (long)lines[0]["selected"]!).ShouldBe(("progress", 3));
        lines.Tickets().Select(t => (string?)t["id"]).ShouldBe([quick, slow, slower]);
        var ticket = lines.Tickets()[1];
        ((string?)ticket.Milestone("actual", "acknowledge")["state"], (string?)ticket.Milestone("candidate", "acknowledge")["state"]).ShouldBe(("met", "metLate"));
        ((int)ticket.Milestone("candidate", "acknowledge")["policyVersion"]!, (string?)ticket.Milestone("candidate", "acknowledge")["overrun"]).ShouldBe((0, "PT30M"));
        var difference = ticket["differences"]!.AsArray().Single(d => (string?)d!["name"] == "acknowledge")!;
        ((string?)difference["actual"]!["result"], (string?)difference["actual"]!["toSpare"], (string?)difference["candidate"]!["result"], (string?)difference["candidate"]!["overrun"], (bool)difference["newlyBreached"]!)
            .ShouldBe(("met", "PT1H20M", "missed", "PT30M", true));

        var summary = lines.Summary();
        ((long)summary["tickets"]!, (string?)summary["policy"], (int)summary["policyVersion"]!).ShouldBe((3, "strict", 0));
        var acknowledge = summary.Milestone("acknowledge");
        ((long)acknowledge["actual"]!["met"]!, (long)acknowledge["actual"]!["breached"]!, (long)acknowledge["candidate"]!["met"]!, (long)acknowledge["candidate"]!["breached"]!).ShouldBe((2, 1, 1, 2));
        ((long)acknowledge["newlyBreached"]!, (long)acknowledge["newlyKept"]!).ShouldBe((1, 0));
        ((string?)acknowledge["candidate"]!["medianOverrun"], (string?)acknowledge["candidate"]!["maxOverrun"], (string?)acknowledge["actual"]!["maxOverrun"]).ShouldBe(("PT30M", "PT3H", "PT1H10M"));
    }

    [Fact]
    public async Task The_actual_side_is_what_the_ticket_itself_shows_and_without_a_candidate_nothing_differs()
    {
        var (id, from) = await Acknowledged(190);

        var lines = Lines.Of(await service.Auditor.PostAsync("/v1/simulations", $$"""{ "tickets": { {{From(from)}} } }"""));

        var ticket = lines.Tickets().Single();
        ticket["actual"]!.ToJsonString().ShouldBe((await service.Agent.GetAsync($"/v1/tickets/{id}")).Json["milestones"]!.ToJsonString());
        ticket["candidate"]!.ToJsonString().ShouldBe(ticket["actual"]!.ToJsonString());
        ticket["differences"]!.AsArray().ShouldBeEmpty();
        ((long)lines.Summary()["differing"]!).ShouldBe(0);
    }

    [Fact]
    public async Task Filters_limit_and_the_lines_wanted_are_kept_to()
    {
        var (first, from) = await Acknowledged(5);
        var (second, to) = await Acknowledged(60);
        await Acknowledged(60);

        (await Simulate($"{From(from)}, \"openedTo\": \"{to.AddSeconds(1):yyyy-MM-dd'T'HH:mm:ss'Z'}\"")).Tickets().Select(t => (string?)t["id"]).ShouldBe([first, second]);
        (await Simulate($"{From(from)}, \"limit\": 1")).Tickets().Select(t => (string?)t["id"]).ShouldBe([first]);
        (await Simulate($"{From(from)}, \"channel\": [\"web-shop\"]")).Summary()["tickets"]!.GetValue<long>().ShouldBe(0);
        (await Simulate($"{From(from)}, \"kind\": [\"complaint\"]")).Summary()["tickets"]!.GetValue<long>().ShouldBe(0);
        (await Simulate($"{From(from)}, \"policy\": [\"nobodys\"]")).Summary()["tickets"]!.GetValue<long>().ShouldBe(0);
        (await Simulate($"{From(from)}, \"policy\": [\"standard\"], \"kind\": [\"repair\"], \"channel\": [\"wechat-shop\"]")).Summary()["tickets"]!.GetValue<long>().ShouldBe(3);
        var none = await Simulate($"{From(from)}, \"lines\": \"none\"");
        (none.Tickets().Length, (long)none.Summary()["tickets"]!).ShouldBe((0, 3));
        (await Simulate($"{From(from)}, \"lines\": \"differing\"", "\"standard\"")).Tickets().ShouldBeEmpty();
        (await Simulate(From(from), more: $", \"until\": \"{from:yyyy-MM-dd'T'HH:mm:ss'Z'}\"")).Tickets().Select(t => (string?)t["id"]).ShouldBe([first]);
    }

    [Fact]
    public async Task Tickets_come_in_the_order_of_their_openings()
    {
        service.Time.Advance(TimeSpan.FromDays(1));
        var from = service.Time.Current;
        for (var i = 0; i < 40; i++)
        {
            await service.OpenAsync();
            service.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var first = await Simulate(From(from));
        var again = await Simulate(From(from));

        first.Tickets().Select(t => (string?)t["openedAt"]).ShouldBeInOrder();
        again.Select(line => line.ToJsonString()).ShouldBe(first.Select(line => line.ToJsonString()));
    }

    [Fact]
    public async Task A_simulation_writes_nothing_draws_nothing_and_reads_no_key()
    {
        var (_, from) = await Acknowledged(190);
        // What others were shown before is written down before, not while it runs.
        await service.Services.GetRequiredService<Host.Privacy.AccessJournal>().FlushAsync();
        var everything = await Scalar<string>(Everything);
        // Whoever looked for a key now would find no table to look in.
        await Run("alter table privacy.subject_keys rename to locked_away");

        (await Simulate(From(from), more: """, "until": "2099-01-01T00:00:00Z" """)).Summary()["milestones"]!.AsArray().ShouldNotBeEmpty();
        (await service.Auditor.PostAsync("/v1/simulations", $$"""{ "policy": {{Strict}}, "acts": [ { "act": "open", "occurredAt": "2026-05-04T12:00:00Z" } ] }""")).Status.ShouldBe(200);

        await Run("alter table privacy.locked_away rename to subject_keys");
        (await Scalar<string>(Everything)).ShouldBe(everything);
    }

    [Fact]
    public async Task When_all_places_are_taken_the_next_of_either_kind_is_told_to_come_back()
    {
        var places = service.Services.GetRequiredService<SimulationPlaces>();
        using (places.Take())
        using (places.Take())
        {
            foreach (var asked in new[] { """{ "tickets": {} }""", Supposed })
            {
                var answer = await service.Auditor.PostAsync("/v1/simulations", asked);
                (answer.Status, answer.Problem, answer.RetryAfter).ShouldBe((503, "overloaded", TimeSpan.FromSeconds(10)));
            }
        }
        // Each gives its place back, or the third would find none.
        for (var i = 0; i < 3; i++) (await service.Auditor.PostAsync("/v1/simulations", Supposed)).Status.ShouldBe(200);
        (await service.Auditor.PostAsync("/v1/simulations", """{ "tickets": { "limit": 1 } }""")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_rule_published_on_the_way_is_learnt()
    {
        var (before, from) = await Acknowledged(5);
        var candidate = Candidate.Of(service.Services.GetRequiredService<IRules>().Current.Rulebook, null, [], service.Time.Current);
        (await service.Administrator.PostAsync("/v1/policies", """
            { "name": "on-the-way", "priority": 1000, "appliesTo": { "region": ["CN-46"] },
              "milestones": [ { "name": "acknowledge", "target": { "elapsed": "PT1H" }, "startsOn": ["opened"], "metBy": ["acknowledged"], "onBreach": [ { "escalate": 1 } ] } ] }
            """)).Status.ShouldBe(201);
        (await service.Administrator.PostAsync("/v1/policies/on-the-way/publish", "{}")).Status.ShouldBe(200);
        service.Time.Advance(TimeSpan.FromSeconds(6));
        var opened = await service.Shop.PostAsync("/v1/tickets", RunningService.Request().Replace("CN-31", "CN-46"));
        opened.Text("policy").ShouldBe("on-the-way");
        var body = new Pipe(new PipeOptions(pauseWriterThreshold: 0));

        await service.Services.GetRequiredService<TicketRun>().RunAsync(candidate, new TicketSelection { OpenedFrom = from }, service.Time.Current.AddHours(2), body.Writer, "trace", default);

        await body.Writer.CompleteAsync();
        using var told = new StreamReader(body.Reader.AsStream());
        var lines = (await told.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!).ToArray();
        lines.Tickets().Select(t => (string?)t["id"]).ShouldBe([before, opened.Text("id")]);
        ((long)lines.Summary()["tickets"]!, (long)lines.Summary()["differing"]!).ShouldBe((2, 0));
    }

    [Fact]
    public async Task A_ticket_of_which_nothing_can_be_said_stops_no_other()
    {
        var (before, from) = await Acknowledged(5);
        var (talked, _) = await Acknowledged(5);
        for (var reply = 0; reply < 101; reply++) (await service.Agent.PostAsync($"/v1/tickets/{talked}/reply", """{ "text": "!" }""")).Status.ShouldBe(200);
        var (torn, _) = await Acknowledged(5);
        await TearAsync(Guid.Parse(torn));
        var (after, _) = await Acknowledged(5);
        var crowded = $$"""
            { "name": "crowded", "milestones": [ {{string.Join(", ", Enumerable.Range(0, 50).Select(i => $$"""{ "name": "m{{i}}", "target": { "elapsed": "PT1H" }, "startsOn": ["staffReply"], "metBy": ["staffReply"], "repeat": true }"""))}} ] }
            """;

        var lines = await Simulate(From(from), crowded);

        lines.Tickets().Select(t => (string?)t["id"]).ShouldBe([before, after]);
        lines.Where(line => (string?)line["type"] == "notSimulated").Select(line => ((string?)line["id"], (string?)line["reason"])).ShouldBe([(talked, "tooManyCycles"), (torn, "unreadable")]);
        ((long)lines.Summary()["tickets"]!, (long)lines.Summary()["notSimulated"]!).ShouldBe((2, 2));
        (await Simulate($"{From(from)}, \"limit\": 3", crowded)).Tickets().Select(t => (string?)t["id"]).ShouldBe([before], "what cannot be told counts too, or there would be no end to the looking");
        (await Simulate($"{From(from)}, \"policy\": [\"nobodys\"]", crowded)).Summary()["notSimulated"]!.GetValue<long>().ShouldBe(0, "what is not asked for is not followed");
        (await Simulate($"{From(from)}, \"lines\": \"none\"", crowded)).Length.ShouldBe(2);
    }

    /// <summary>Writes an event into a ticket's stream that no ticket can have: a clock that never started stands still.</summary>
    private async Task TearAsync(Guid ticket)
    {
        var store = service.Services.GetRequiredService<IEventStore>();
        var version = (await store.ReadStreamAsync(ticket))[^1].Version;
        var now = service.Time.Current;
        var paused = new Domain.Tickets.MilestonePaused("never", 1, now, Domain.Tickets.HoldReason.AwaitingParts);
        (await store.AppendAsync(new Append
        {
            StreamId = ticket, StreamType = "ticket", ExpectedVersion = version, Now = now, Events = [ReadModels.Events.EventSerializer.ToNew(paused, now, Domain.Tickets.Actor.Clock, new ReadModels.Events.EventOrigin(null))], Keys = [], Rows = [],
        })).ShouldBeOfType<Appended>();
    }

    [Fact]
    public async Task When_the_caller_goes_away_the_work_stops()
    {
        var (_, from) = await Acknowledged(5);
        var body = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        using var away = new CancellationTokenSource();
        var candidate = Candidate.Of(service.Services.GetRequiredService<IRules>().Current.Rulebook, null, [], service.Time.Current);

        var running = service.Services.GetRequiredService<TicketRun>().RunAsync(candidate, new TicketSelection { OpenedFrom = from }, service.Time.Current, body.Writer, "trace", away.Token);
        var first = await body.Reader.ReadAsync();
        running.IsCompleted.ShouldBeFalse("nobody takes what is told, so it waits");
        await away.CancelAsync();
        await body.Reader.CompleteAsync();

        await running;
        Encoding.UTF8.GetString(first.Buffer).ShouldStartWith("{\"type\":\"progress\"");
    }

    private async Task Run(string sql)
    {
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<T> Scalar<T>(string sql)
    {
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
