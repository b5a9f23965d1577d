using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ServiceOrders.Audit.Sampling;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Sampling;

/// <summary>Row M4: each month a random tenth of the closed services, drawn so that nobody can have picked it.</summary>
public class SampleTests(RunningService service) : IClassFixture<RunningService>
{
    private const string March = "/v1/audit/samples/2026-03", April = "/v1/audit/samples/2026-04";

    [Fact]
    public async Task A_month_is_drawn_from_what_was_closed_in_it_by_the_seed_that_was_fixed_before()
    {
        // 2 March in Shanghai. This month's seed is fixed, the next one's too, and neither is told.
        await Worker().RunDueAsync();
        foreach (var month in new[] { March, April })
        {
            var ahead = (await service.Auditor.GetAsync(month)).Json;
            (ahead["state"]!.GetValue<string>(), ahead["seed"], ahead["closed"]).ShouldBe(("fixed", null, null));
        }
        (await service.Auditor.GetAsync("/v1/audit/samples/2026-05")).Problem.ShouldBe("not-found");
        var commitment = (await service.Auditor.GetAsync(March)).Text("commitment");

        var closed = new List<string>();
        for (var i = 0; i < 21; i++) closed.Add(await ClosedAsync());
        var twice = await ClosedAsync();
        await DoAsync(twice, "reopen", """{ "reason": "又坏了" }""");
        await DoAsync(twice, "resolve", "{}");
        await DoAsync(twice, "close", "{}");
        var reopened = await ClosedAsync();
        await DoAsync(reopened, "reopen", """{ "reason": "又坏了" }""");
        closed.AddRange([twice, reopened]);
        var cancelled = await service.OpenAsync();
        await DoAsync(cancelled, "cancel", """{ "reason": "不用了" }""");
        await service.OpenAsync();

        // The last instant of March in Shanghai, the first of April, and ten minutes later.
        await ToAsync(new DateTimeOffset(2026, 3, 31, 15, 59, 59, TimeSpan.Zero));
        closed.Add(await ClosedAsync());
        (await service.Auditor.PostAsync($"{March}/draw")).Problem.ShouldBe("month-not-over");
        (await FindAsync(March, closed[0])).Problem.ShouldBe("not-drawn");
        await ToAsync(new DateTimeOffset(2026, 3, 31, 16, 0, 0, TimeSpan.Zero));
        var inApril = await ClosedAsync();
        await DoAsync(reopened, "resolve", "{}");
        await DoAsync(reopened, "close", "{}");
        (await service.Auditor.PostAsync($"{March}/draw")).Problem.ShouldBe("month-not-over");
        await ToAsync(new DateTimeOffset(2026, 3, 31, 16, 10, 0, TimeSpan.Zero));

        // On every node at once, and on demand as well: one draw.
        var drawing = Enumerable.Range(0, 4).Select(_ => Worker().RunDueAsync());
        await Task.WhenAll([.. drawing, service.Auditor.PostAsync($"{March}/draw")]);
        (await service.CountAsync("events.mt_events where type = 'sample_drawn'")).ShouldBe(1);

        var sample = (await service.Auditor.GetAsync(March)).Json;
        var population = closed.Select(t => Guid.Parse(t["/v1/tickets/".Length..])).ToArray();
        (sample["state"]!.GetValue<string>(), sample["closed"]!.GetValue<int>(), sample["commitment"]!.GetValue<string>()).ShouldBe(("drawn", 24, commitment));
        var seed = Convert.FromHexString(sample["seed"]!.GetValue<string>());
        SampleDraw.CommitmentOf(seed).ShouldBe(commitment);
        var drawn = sample["drawn"]!.AsArray().Select(t => t!["ticketId"]!.GetValue<Guid>()).ToArray();
        drawn.Length.ShouldBe(3, "a tenth of 24, rounded up");
        drawn.ShouldBe(SampleDraw.Of(seed, population));
        (await service.Auditor.PostAsync($"{March}/draw")).Json.ToJsonString().ShouldBe((await service.Auditor.GetAsync(March)).Json.ToJsonString(), "drawn once, for good");

        await ReviewAsync(sample, population, drawn);
        await ExportedAsync(sample);

        await ToAsync(new DateTimeOffset(2026, 4, 30, 16, 10, 0, TimeSpan.Zero));
        await Worker().RunDueAsync();
        var april = (await service.Auditor.GetAsync(April)).Json;
        (april["state"]!.GetValue<string>(), april["closed"]!.GetValue<int>()).ShouldBe(("drawn", 2), "what was closed again counts for the month in which it was");
        april["drawn"]!.AsArray().Single()!["ticketId"]!.GetValue<string>().ShouldBeOneOf(inApril["/v1/tickets/".Length..], reopened["/v1/tickets/".Length..]);
        await FollowAsync();
        var list = (await service.Auditor.GetAsync("/v1/audit/samples?limit=2&cursor=2031-01")).Json;
        list["items"]!.AsArray().Select(i => i!["month"]!.GetValue<string>()).ShouldBe(["2026-06", "2026-05"]);
        (await service.Auditor.GetAsync($"/v1/audit/samples?cursor={list["nextCursor"]}")).Items.Select(i => (i!["month"]!.GetValue<string>(), i["findings"]!.GetValue<long>())).ShouldBe([("2026-04", 0), ("2026-03", 2)]);
    }

    /// <summary>With an export and nothing else the draw can be made again: what the command line reads is there.</summary>
    private async Task ExportedAsync(JsonNode sample)
    {
        await FollowAsync();
        var export = await service.Auditor.GetAsync("/v1/audit/export?type=sample_seed_fixed,sample_population_listed,sample_drawn");
        var told = export.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).Where(l => (string?)l["streamId"] == sample["streamId"]!.GetValue<string>()).ToArray();
        told.Select(l => l["type"]!.GetValue<string>()).ShouldBe(["sample_seed_fixed", "sample_population_listed", "sample_drawn"]);
        var drawn = told[2]["data"]!;
        SampleRedo.Complaints(new ToldSample(told[0]["data"]!["commitment"]!.GetValue<string>(), drawn["seed"]!.GetValue<string>(), drawn["closed"]!.GetValue<int>(), Guids(told[1]["data"]!["tickets"]!), Guids(drawn["drawn"]!)))
            .ShouldBeEmpty();

        static Guid[] Guids(JsonNode list) => [.. list.AsArray().Select(id => id!.GetValue<Guid>())];
    }

    /// <summary>What reviewers find is recorded with the tickets drawn, and with no others.</summary>
    private async Task ReviewAsync(JsonNode sample, Guid[] population, Guid[] drawn)
    {
        var number = sample["drawn"]![0]!["number"]!.GetValue<string>();
        var found = await FindAsync(March, number, ("Idempotency-Key", "finding-1"));
        found.Status.ShouldBe(200, found.Body);
        var told = found.Json["drawn"]![0]!["findings"]!.AsArray().Single()!;
        (told["verdict"]!.GetValue<string>(), told["text"]!.GetValue<string>(), told["by"]!["id"]!.GetValue<string>()).ShouldBe(("majorFault", "回访秘密", "sun-li"));
        var other = await service.RegisterAsync("/v1/staff", """{ "name": "zhou-min", "role": "auditor" }""");
        string? SeenBy(ApiAnswer answer) => answer.Json["drawn"]![0]!["findings"]![0]!["text"]!.GetValue<string>();
        SeenBy(await other.GetAsync(March)).ShouldBe("[masked]", "another auditor");
        SeenBy(await service.Auditor.GetAsync(March)).ShouldBe("回访秘密", "who wrote it");
        SeenBy(await service.Administrator.GetAsync(March)).ShouldBe("回访秘密", "administrators see personal data");
        (await FindAsync(March, drawn[1].ToString(), ("Idempotency-Key", "finding-1"))).Problem.ShouldBe("idempotency-key-reused");
        (await FindAsync(March, number, ("Idempotency-Key", "finding-1"))).Json["drawn"]![0]!["findings"]!.AsArray().Count.ShouldBe(1, "a repeat");
        (await FindAsync(March, drawn[1].ToString())).Status.ShouldBe(200, "a second ticket");
        (await FindAsync(March, population.Except(drawn).First().ToString())).Problem.ShouldBe("not-in-the-sample");
        (await FindAsync(March, "SO-1")).Problem.ShouldBe("invalid-values");
        (await service.Agent.GetAsync(March)).Problem.ShouldBe("forbidden");
        (await service.CountAsync("events.mt_events where type = 'sample_finding_recorded' and data::text like '%秘密%'")).ShouldBe(0, "the text is sealed");
    }

    [Fact]
    public async Task A_seed_is_fixed_once_however_many_nodes_fix_it_and_stands_nowhere_in_the_clear()
    {
        var month = new SampleMonth(2031, 7);
        var samples = service.Services.GetRequiredService<Samples>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => samples.EnsureSeedAsync(month, CancellationToken.None)));
        var sample = await samples.LoadAsync(month, CancellationToken.None);
        sample.Version.ShouldBe(1);
        await samples.EnsureSeedAsync(month, CancellationToken.None);
        (await samples.LoadAsync(month, CancellationToken.None)).ShouldBe(sample, "later it stays as it is");
        sample.FixSeed(month, "UTC", "another").Refusal!.Code.ShouldBe("seed-fixed");
        var told = (await service.Auditor.GetAsync("/v1/audit/samples/2031-07")).Json;
        (told["seed"], told["fixedPosition"]!.GetValue<long>()).ShouldBe((null, await LastSeedAsync()));
    }

    private async Task FollowAsync()
    {
        foreach (var runner in service.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
    }

    private async Task<long> LastSeedAsync()
    {
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand("select seq_id from events.mt_events where type = 'sample_seed_fixed' and data ->> 'month' = '2031-07'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private SampleWorker Worker() => new(service.Services.GetRequiredService<Samples>(), service.Time, NullLogger<SampleWorker>.Instance);

    private async Task<string> ClosedAsync()
    {
        var ticket = await service.OpenAsync();
        await DoAsync(ticket, "resolve", "{}");
        await DoAsync(ticket, "close", "{}");
        return ticket;
    }

    private async Task DoAsync(string ticket, string act, string body) => (await service.Agent.PostAsync($"{ticket}/{act}", body)).Status.ShouldBe(200, act);

    private Task<ApiAnswer> FindAsync(string month, string ticket, params (string, string)[] headers) => service.Auditor.PostAsync($"{month}/findings",
        $$"""{ "ticket": "{{(ticket.StartsWith('/') ? ticket["/v1/tickets/".Length..] : ticket)}}", "verdict": "majorFault", "text": "回访秘密" }""", headers);

    private Task ToAsync(DateTimeOffset instant) => service.LetPassAsync(instant - service.Time.Current);
}
