using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.ReadModels.Auditing;

namespace ServiceOrders.Host.Tests.Sampling;

/// <summary>Where the time zone of samples is changed, each closing still belongs to one month.</summary>
public class SampleZoneTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task Between_two_time_zones_no_closing_is_lost_and_none_counts_twice()
    {
        // Months end at 16:00 UTC in Shanghai, at 10:00 in Kiritimati, at 4:00 of the day after in New York.
        var (shanghai, east, west) = (In("Asia/Shanghai"), In("Pacific/Kiritimati"), In("America/New_York"));
        foreach (var (samples, month) in new[] { (shanghai, 4), (east, 5), (west, 6), (west, 7) }) await samples.EnsureSeedAsync(new SampleMonth(2026, month), CancellationToken.None);

        var atNoonOfApril = await ClosedAsync(new DateTimeOffset(2026, 4, 30, 12, 0, 0, TimeSpan.Zero));
        var inTheEvening = await ClosedAsync(new DateTimeOffset(2026, 4, 30, 20, 0, 0, TimeSpan.Zero));
        var atNoonOfMay = await ClosedAsync(new DateTimeOffset(2026, 5, 31, 12, 0, 0, TimeSpan.Zero));
        await service.LetPassAsync(TimeSpan.FromDays(1));
        // April and May are drawn late: what was closed since is before what they looked at.
        (await PopulationAsync(4)).ShouldBe([atNoonOfApril]);
        (await PopulationAsync(5)).ShouldBe([inTheEvening]);
        await service.LetPassAsync(new DateTimeOffset(2026, 7, 1, 4, 10, 0, TimeSpan.Zero) - service.Time.Current);
        (await PopulationAsync(6)).ShouldBe([atNoonOfMay]);
        (await service.Auditor.GetAsync("/v1/audit/samples/2026-06")).Json["from"]!.GetValue<DateTimeOffset>().ShouldBe(new DateTimeOffset(2026, 5, 31, 10, 0, 0, TimeSpan.Zero));
    }

    private async Task<Guid[]> PopulationAsync(int month) => [.. (await In("UTC").DrawAsync(new SampleMonth(2026, month), Samples.Actor, null, CancellationToken.None)).Population];

    /// <summary>A node with another setting.</summary>
    private Samples In(string zone)
    {
        var services = service.Services;
        return new Samples(services.GetRequiredService<IEventStore>(), services.GetRequiredService<ConfiguredStreams>(), services.GetRequiredService<ServiceSecrets>(),
            services.GetRequiredService<ClosedTickets>(), new SampleSettings(zone), service.Time);
    }

    private async Task<Guid> ClosedAsync(DateTimeOffset at)
    {
        await service.LetPassAsync(at - service.Time.Current);
        var ticket = await service.OpenAsync();
        foreach (var act in (string[])["resolve", "close"]) (await service.Agent.PostAsync($"{ticket}/{act}", "{}")).Status.ShouldBe(200);
        return Guid.Parse(ticket["/v1/tickets/".Length..]);
    }
}
