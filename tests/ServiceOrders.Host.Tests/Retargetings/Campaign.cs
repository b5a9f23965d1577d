using Microsoft.Extensions.Logging.Abstractions;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Retargetings;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Retargetings;

namespace ServiceOrders.Host.Tests.Retargetings;

/// <summary>Tickets of one shop under the first version of its policy, 10 hours to resolve; then the second version is published for running tickets too: 20 hours.</summary>
internal sealed class Campaign(Desk desk, string shop)
{
    private static readonly ChangeRequest Boss = new(new Actor(ActorKind.Staff, "boss"));

    public Caller Shop { get; } = new(Guid.CreateVersion7(), ActorKind.Channel, shop, null, Medium.Web);

    public List<TicketView> Tickets { get; } = [];

    public Guid[] Ids => [.. Tickets.Select(t => t.Id)];

    public string Job => $"policy-{shop}-2";

    /// <summary>The tickets are open, and the second version is published; nothing is retargeted yet.</summary>
    public static async Task<Campaign> BegunAsync(Desk desk, string shop, int tickets)
    {
        var campaign = new Campaign(desk, shop);
        desk.Rules.Publish(campaign.Version(1), desk.Time.Current);
        await desk.Rules.RefreshAsync(CancellationToken.None);
        for (var i = 0; i < tickets; i++) campaign.Tickets.Add(await desk.Opened(caller: campaign.Shop));
        await campaign.PublishAsync();
        return campaign;
    }

    public RetargetingWorker Worker(Node node, IEventStore? store = null, int pageSize = 1_000) => new(node.Database, new TicketRetargeting(store ?? node.Store, desk.Rules, desk.Time),
        new WebLimits(), desk.Time, NullLogger<RetargetingWorker>.Instance) { PageSize = pageSize };

    public async Task<RetargetingView> JobAsync() => RetargetingView.Of((await new RetargetingQuery(desk.Database.Pooled).FindAsync(Job, CancellationToken.None))!);

    /// <summary>How many events of a type the tickets have, and how many tickets have any.</summary>
    public async Task<(long Events, long Tickets)> CountAsync(string type) => (
        await desk.Scalar<long>("select count(*) from events.mt_events where type = $1 and stream_id = any($2)", type, Ids),
        await desk.Scalar<long>("select count(distinct stream_id) from events.mt_events where type = $1 and stream_id = any($2)", type, Ids));

    /// <summary>Each ticket was brought under the second version once, by events that name it.</summary>
    public async Task EachOnceAsync()
    {
        (await CountAsync("policy_rebound")).ShouldBe((Tickets.Count, Tickets.Count));
        (await CountAsync("milestone_retargeted")).ShouldBe((Tickets.Count, Tickets.Count));
        (await desk.Scalar<long>("select count(*) from events.mt_events where causation_id = $1 and type in ('policy_rebound', 'milestone_retargeted')", $"policy:{shop}/2")).ShouldBe(2 * Tickets.Count);
    }

    private async Task PublishAsync()
    {
        var streams = new ConfiguredStreams(desk.Store, desk.Time);
        await streams.CreateAsync(RuleStreams.Policies, shop, Boss, p => p.Create(Version(1), Calendar, desk.Time.Current), default);
        await streams.ChangeAsync(RuleStreams.Policies, shop, Boss, p => p.Publish(null, false, Calendar, desk.Time.Current), default);
        await streams.ChangeAsync(RuleStreams.Policies, shop, Boss, p => p.Draft(shop, Version(2), Calendar, desk.Time.Current), default);
        await streams.ChangeAsync(RuleStreams.Policies, shop, Boss, p => p.Publish(null, true, Calendar, desk.Time.Current), default);
        desk.Time.Advance(TimeSpan.FromSeconds(5));
        desk.Rules.Publish(Version(2), desk.Time.Current);
    }

    private static Domain.Calendars.BusinessCalendar Calendar(string name) => Domain.Calendars.BusinessCalendar.Always;

    private Policy Version(int version) => new()
    {
        Name = shop, Version = version, Priority = 10, AppliesTo = new Applicability { Channel = [shop] },
        Milestones =
        [
            new MilestoneRule
            {
                Name = "resolution", Target = Target.OfElapsed(version == 1 ? "PT10H" : "PT20H"), StartsOn = ["opened"], MetBy = ["resolved"], PausedBy = [HoldReason.AwaitingCustomer],
                CancelledBy = ["cancelled"],
            },
        ],
    };
}
