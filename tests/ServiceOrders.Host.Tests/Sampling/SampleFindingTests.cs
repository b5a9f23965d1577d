using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Sampling;

/// <summary>What reviewers write of a customer is gone once the customer is, whatever a node still remembers; the verdict can be recorded all the same.</summary>
public class SampleFindingTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task A_finding_is_shown_to_nobody_once_its_subject_was_erased_elsewhere_and_only_a_verdict_is_taken()
    {
        var (month, ticket) = await DrawnAsync();
        (await FindAsync(month, ticket, "回访秘密")).Status.ShouldBe(200);
        (await service.CountAsync($"events.mt_events where type = 'sample_finding_recorded' and data ->> 'ticket' = '{ticket}' and data ->> 'sealedText' like 's1.%'")).ShouldBe(1);

        // This node holds the key still, and was not told.
        await EraseAsync(ticket, null);
        var keys = service.Services.GetRequiredService<SubjectKeys>();
        (await keys.GetAsync(ticket)).IsErased.ShouldBeFalse();
        var seen = await service.Administrator.GetAsync(month);
        seen.Body.ShouldNotContain("回访秘密");
        seen.Json["drawn"]![0]!["findings"]![0]!["text"].ShouldBeNull();

        (await FindAsync(month, ticket, "又一个秘密")).Problem.ShouldBe("subject-erased");
        (await FindAsync(month, ticket, "")).Problem.ShouldBe("invalid-values");
        var found = await FindAsync(month, ticket, null);
        found.Status.ShouldBe(200, found.Body);
        found.Json["drawn"]![0]!["findings"]!.AsArray().Select(f => (f!["verdict"]!.GetValue<string>(), (string?)f["text"])).ShouldBe([("majorFault", null), ("majorFault", null)]);
    }

    [Fact]
    public async Task A_finding_that_is_under_way_while_its_subject_is_erased_is_refused()
    {
        var (month, ticket) = await DrawnAsync();
        var before = await service.CountAsync("events.mt_events where type = 'sample_finding_recorded'");
        await using var erasing = await service.Services.GetRequiredService<StoreDatabase>().Pooled.OpenConnectionAsync();
        await using var transaction = await erasing.BeginTransactionAsync();
        await RunAsync(erasing, $"select pg_advisory_xact_lock(21328, hashtext('{ticket}'))");
        var finding = FindAsync(month, ticket, "回访秘密");
        while (await service.CountAsync("pg_locks where locktype = 'advisory' and classid = 21328 and not granted and database = (select oid from pg_database where datname = current_database())") == 0 && !finding.IsCompleted) { }
        await EraseAsync(ticket, erasing);
        await transaction.CommitAsync();

        (await finding).Problem.ShouldBe("subject-erased");
        (await service.CountAsync("events.mt_events where type = 'sample_finding_recorded'")).ShouldBe(before);
    }

    /// <summary>A sample of one ticket of the month at hand, and that ticket.</summary>
    private async Task<(string Month, Guid Ticket)> DrawnAsync()
    {
        var samples = service.Services.GetRequiredService<Samples>();
        var worker = new SampleWorker(samples, service.Time, NullLogger<SampleWorker>.Instance);
        await worker.RunDueAsync();
        var month = samples.CurrentMonth;
        var ticket = await service.OpenAsync();
        foreach (var act in (string[])["resolve", "close"]) (await service.Agent.PostAsync($"{ticket}/{act}", "{}")).Status.ShouldBe(200);
        await service.LetPassAsync(month.Next.StartsAt("Asia/Shanghai") + Sample.Grace - service.Time.Current);
        await worker.RunDueAsync();
        var sample = await samples.LoadAsync(month, CancellationToken.None);
        var id = Guid.Parse(ticket["/v1/tickets/".Length..]);
        sample.Drawn.ShouldBe([id]);
        return ($"/v1/audit/samples/{month}", id);
    }

    private Task<ApiAnswer> FindAsync(string month, Guid ticket, string? text) => service.Auditor.PostAsync($"{month}/findings",
        $$"""{ "ticket": "{{ticket}}", "verdict": "majorFault"{{(text is null ? "" : $", \"text\": \"{text}\"")}} }""");

    private async Task EraseAsync(Guid subject, NpgsqlConnection? within)
    {
        await using var own = within is null ? await service.Services.GetRequiredService<StoreDatabase>().Pooled.OpenConnectionAsync() : null;
        await RunAsync(within ?? own!, $"update privacy.subject_keys set wrapped_key = null, erased_at = now() where subject_id = '{subject}'");
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // the tests' own texts
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
