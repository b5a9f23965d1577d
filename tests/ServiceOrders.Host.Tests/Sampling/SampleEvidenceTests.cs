using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Sampling;

/// <summary>Anyone who has a file and a key can tell that a seed was fixed before its month began.</summary>
public class SampleEvidenceTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task A_sample_s_evidence_proves_offline_that_its_seed_was_there_by_the_first_checkpoint_after_it()
    {
        var month = new SampleMonth(2031, 8);
        await service.Services.GetRequiredService<Samples>().EnsureSeedAsync(month, CancellationToken.None);
        var sample = (await service.Auditor.GetAsync($"/v1/audit/samples/{month}")).Json;
        var first = await CheckpointAsync();
        await service.OpenAsync();
        var later = await CheckpointAsync();
        later.Checkpoint.Size.ShouldBeGreaterThan(first.Checkpoint.Size);

        var answer = await service.Auditor.GetAsync($"/v1/audit/samples/{month}/evidence");
        answer.Status.ShouldBe(200, answer.Body);
        var file = Encoding.UTF8.GetBytes(answer.Body);
        var verdict = new BundleVerifier([], [first]).Verify(file);
        verdict.Failures.ShouldBeEmpty();
        verdict.Proven[0].ShouldStartWith("Sample 2031-08: these are its versions 1 to 1");
        var bundle = BundleReader.Read(file).Content;
        bundle.Checkpoint.Checkpoint.Size.ShouldBeLessThanOrEqualTo(first.Checkpoint.Size);
        bundle.Events.ShouldHaveSingleItem().Event.Position.ShouldBe(sample["fixedPosition"]!.GetValue<long>());
        using (var data = JsonDocument.Parse(bundle.Events[0].Event.Data)) data.RootElement.GetProperty("commitment").GetString().ShouldBe(sample["commitment"]!.GetValue<string>());

        var against = await service.Administrator.GetAsync($"/v1/audit/samples/{month}/evidence?checkpoint={later.Checkpoint.Size}");
        BundleReader.Read(Encoding.UTF8.GetBytes(against.Body)).Content.Checkpoint.Checkpoint.ShouldBe(later.Checkpoint);
        new BundleVerifier([], [later]).Verify(Encoding.UTF8.GetBytes(against.Body)).Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task There_is_none_of_a_month_without_a_seed_and_none_for_others_than_auditors()
    {
        foreach (var path in (string[])["2040-01", "january"]) (await service.Auditor.GetAsync($"/v1/audit/samples/{path}/evidence")).Problem.ShouldBe("not-found");
        foreach (var other in (ApiClient[])[service.Agent, service.Shop]) (await other.GetAsync("/v1/audit/samples/2040-01/evidence")).Problem.ShouldBe("forbidden");
    }

    private async Task<SignedNote> CheckpointAsync()
    {
        foreach (var runner in service.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
        return SignedNote.Parse((await service.Auditor.PostAsync("/v1/audit/checkpoints")).Text("note"));
    }
}
