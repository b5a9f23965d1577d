using System.Globalization;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Retargetings;

namespace ServiceOrders.Host.Retargetings;

/// <summary><c>/v1/retargetings</c>: how far running tickets are brought under changed rules (row D6).</summary>
public static class RetargetingEndpoints
{
    private const string Tag = "Policies";

    /// <summary>Adds the jobs and their worker.</summary>
    public static IServiceCollection AddRetargetings(this IServiceCollection services)
    {
        services.AddSingleton(provider => new RetargetingQuery(provider.GetRequiredService<StoreDatabase>().Pooled));
        return services.AddSingleton<TicketRetargeting>().AddSingleton<RetargetingWorker>();
    }

    /// <summary>Maps them.</summary>
    public static void MapRetargetings(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/retargetings", ListAsync).Describe("listRetargetings", Tag, "Lists the jobs that bring running tickets under changed rules, the newest first.",
                "Publishing a policy with `applyToRunning` makes one, and so does a calendar's corrected version. Each waits until the change is in force on every node. Then the running tickets that it "
                + "concerns are retargeted one after the other, with its `causationId` in their events; once more half a minute later, for requests that were under way. A job that was interrupted goes on by itself.").ForStaff()
            .Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<RetargetingView>>(200, "A page of them.");
        routes.MapGet("/v1/retargetings/{id}", GetAsync).Describe("getRetargeting", Tag, "How far a job is that brings running tickets under changed rules.").ForStaff()
            .Answers<RetargetingView>(200, "The job.").Refuses(ProblemTypes.NotFound);
        routes.MapPost("/v1/retargetings/{id}/resume", ResumeAsync).Describe("resumeRetargeting", Tag, "Does a job once more that left tickets behind, after the cause was mended.",
                "It looks at every running ticket again; those that are retargeted already stay as they are.").ForAdministrators().NeedsNoKey()
            .Takes(typeof(NoFields), "{}", required: false).Answers<RetargetingView>(200, "It is done again.").Refuses(ProblemTypes.NotFound, ProblemTypes.StateForbids);
    }

    private static async Task<IResult> ListAsync(HttpContext http, RetargetingQuery jobs)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var page = NameCursor.PageOf(await jobs.ListAsync(NumberCursor.Decode(query), limit + 1, http.RequestAborted), limit, job => job.Number.ToString(CultureInfo.InvariantCulture));
        return new Answer(new Page<RetargetingView>([.. page.Items.Select(RetargetingView.Of)], page.NextCursor));
    }

    private static async Task<IResult> GetAsync(string id, HttpContext http, RetargetingQuery jobs) =>
        await jobs.FindAsync(id, http.RequestAborted) is { } job ? new Answer(RetargetingView.Of(job)) : new Problem(ProblemTypes.NotFound);

    private static async Task<IResult> ResumeAsync(string id, HttpContext http, RetargetingQuery jobs, TimeProvider time)
    {
        await JsonBody.ReadAsync<NoFields>(http);
        var resumed = await jobs.ResumeAsync(id, time.Now(), http.RequestAborted);
        if (await jobs.FindAsync(id, http.RequestAborted) is not { } job) return new Problem(ProblemTypes.NotFound);
        return resumed ? new Answer(RetargetingView.Of(job)) : new Problem(ProblemTypes.StateForbids, "The job is not done yet, or left no ticket behind.");
    }
}
