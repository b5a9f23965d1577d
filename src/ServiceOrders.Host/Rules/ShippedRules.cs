using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Retention;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Retention;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Rules;

/// <summary>
/// Installs what comes with the service at the first start, by the path of every other change. What is there already stays as it is: later starts, and nodes that
/// start at the same time, change nothing.
/// </summary>
/// <param name="streams">The streams.</param>
/// <param name="time">The clock.</param>
public sealed class ShippedRules(ConfiguredStreams streams, TimeProvider time)
{
    private static readonly ChangeRequest FirstStart = new(new Actor(ActorKind.System, "first-start"));

    /// <summary>
    /// Installs what is missing: the calendar <c>cn-office</c>, the policy <c>standard</c>, in force; the policies <c>order-desk</c> and <c>field-service</c> as drafts, which bind nothing; the classification
    /// and the retention rules.
    /// </summary>
    public async Task EnsureAsync(CancellationToken cancellation)
    {
        var office = ShippedData.ChineseOffice;
        await OnceAsync(() => streams.CreateAsync(RuleStreams.Calendars, office.Name, FirstStart, calendar => calendar.Create(office), cancellation));

        var calendars = new Rulebook([], [BusinessCalendar.Compile(office, 1)]);
        // Yearly revision (每年修订, row D9) counts from the day on which the firm takes the policies over.
        var reviewBy = time.Today().AddYears(1);
        foreach (var shipped in (Policy[])[ShippedData.StandardPolicy, ShippedData.OrderDeskPolicy, ShippedData.FieldServicePolicy])
        {
            var policy = shipped with { ReviewBy = reviewBy };
            await OnceAsync(() => streams.CreateAsync(RuleStreams.Policies, policy.Name, FirstStart, p => p.Create(policy, name => calendars.FindCalendar(name), time.Now()), cancellation));
        }
        await OnceAsync(() => streams.ChangeAsync(RuleStreams.Policies, ShippedData.StandardPolicy.Name, FirstStart, policy => policy.PublishShipped(), cancellation));

        await OnceAsync(() => streams.CreateAsync(RuleStreams.Classification, ClassificationHistory.Name, FirstStart, rules => rules.PublishShipped(ShippedData.Classification), cancellation));
        await OnceAsync(() => streams.CreateAsync(RetentionSetup.Rules, RetentionHistory.Name, FirstStart, rules => rules.PublishShipped(ShippedData.Retention), cancellation));
    }

    /// <summary>Makes something, unless it is there.</summary>
    private static async Task OnceAsync<T>(Func<Task<T>> make)
    {
        try
        {
            await make();
        }
        catch (ProblemException there) when (there.Problem.Type.Code is "name-taken" or "nothing-to-publish")
        {
            // From an earlier start, or another node was faster.
        }
    }
}
