using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ServiceOrders.Audit.Sampling;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Tests.Sampling;

/// <summary>What somebody with the database in hand can do to samples, and what comes of it.</summary>
public class UntrueSampleTests(RunningService service) : IClassFixture<RunningService>
{
    private const string March = "/v1/audit/samples/2026-03";

    [Fact]
    public async Task A_closing_that_is_gone_from_the_index_is_drawn_from_all_the_same()
    {
        await new SampleWorker(Samples, service.Time, NullLogger<SampleWorker>.Instance).RunDueAsync();
        for (var i = 0; i < 3; i++)
        {
            var ticket = await service.OpenAsync();
            (await service.Agent.PostAsync($"{ticket}/resolve", "{}")).Status.ShouldBe(200);
            (await service.Agent.PostAsync($"{ticket}/close", "{}")).Status.ShouldBe(200);
        }
        foreach (var runner in service.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
        await using (var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand("delete from read.audit_events where type = 'ticket_closed'")) (await command.ExecuteNonQueryAsync()).ShouldBe(3);
        await service.LetPassAsync(new DateTimeOffset(2026, 3, 31, 16, 10, 0, TimeSpan.Zero) - service.Time.Current);
        (await service.Auditor.PostAsync($"{March}/draw")).Json["closed"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task Of_two_seeds_the_first_counts_and_one_that_does_not_match_draws_nothing()
    {
        var month = new SampleMonth(2020, 5);
        var kept = await service.Services.GetRequiredService<ServiceSecrets>().GetOrCreateAsync($"sample-seed/{month}", () => new byte[SampleDraw.SeedLength], CancellationToken.None);
        var other = SampleDraw.CommitmentOf("another"u8);
        await FixAsync(month, 0, other);
        await FixAsync(month, 1, SampleDraw.CommitmentOf(kept));
        var sample = await Samples.LoadAsync(month, CancellationToken.None);
        (sample.Version, sample.Commitment).ShouldBe((2, other));
        (await service.Auditor.PostAsync($"/v1/audit/samples/{month}/draw")).Problem.ShouldBe("seed-not-the-one-fixed");
        (await Samples.LoadAsync(month, CancellationToken.None)).IsDrawn.ShouldBeFalse();
    }

    private Samples Samples => service.Services.GetRequiredService<Samples>();

    private async Task FixAsync(SampleMonth month, long version, string commitment) => (await service.Services.GetRequiredService<IEventStore>().AppendAsync(new Append
    {
        StreamId = Samples.Kind.IdOf(month.ToString()), StreamType = "sample", ExpectedVersion = version, Now = service.Time.Current,
        Events = [EventSerializer.ToNew(new SampleSeedFixed(month.ToString(), "UTC", commitment), service.Time.Current, Host.Sampling.Samples.Actor, new EventOrigin(null))],
    })).ShouldBeOfType<Appended>();
}
