using ServiceOrders.EventStore;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Operating;

/// <summary><c>/v1/projections</c>: how far the read models are, and rebuilding them from the events.</summary>
public static class ProjectionEndpoints
{
    private const string Tag = "Operating";

    /// <summary>Maps them.</summary>
    public static void MapProjections(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/projections", ListAsync).Describe("listProjections", Tag, "How far each read model is.").For(Domain.Tickets.Acts.Callers.Administrator, auditors: true)
            .Answers<Page<ProjectionView>>(200, "All of them.");
        routes.MapPost("/v1/projections/{name}/rebuild", RebuildAsync)
            .Describe("rebuildProjection", Tag, "Rebuilds a read model from the events into a new generation, while the old one serves.",
                "Answers at once; `GET /v1/projections` tells how far it is. A rebuild that was interrupted goes on where it was.").ForAdministrators().NeedsNoKey()
            .Takes(typeof(NoFields), "{}", required: false).Answers<RebuildStatus>(202, "It runs.").Refuses(ProblemTypes.NotFound, ProblemTypes.StateForbids);
        routes.MapPost("/v1/projections/{name}/resume", ResumeAsync).Describe("resumeProjection", Tag, "Lets a read model that an event stopped try again, after its cause was mended.").ForAdministrators().NeedsNoKey()
            .Takes(typeof(NoFields), "{}", required: false).Answers<ProjectionView>(200, "It goes on.").Refuses(ProblemTypes.NotFound, ProblemTypes.StateForbids);
    }

    private static async Task<IResult> ListAsync(HttpContext http, Projections projections) => new Answer(new Page<ProjectionView>(await projections.ListAsync(http.RequestAborted), null));

    private static async Task<IResult> RebuildAsync(string name, HttpContext http, Projections projections, Rebuilds rebuilds)
    {
        await JsonBody.ReadAsync<NoFields>(http);
        if (!projections.Knows(name)) return new Problem(ProblemTypes.NotFound);
        if (!rebuilds.Knows(name)) return new Problem(ProblemTypes.StateForbids, "It follows the events and is never built anew.");
        return rebuilds.TryStart(name) is { } status ? new Answer(status, StatusCodes.Status202Accepted) : new Problem(ProblemTypes.StateForbids, "A rebuild is running on this node.");
    }

    private static async Task<IResult> ResumeAsync(string name, HttpContext http, Projections projections)
    {
        await JsonBody.ReadAsync<NoFields>(http);
        if (!projections.Knows(name)) return new Problem(ProblemTypes.NotFound);
        return await projections.ResumeAsync(name, http.RequestAborted) is { } view ? new Answer(view) : new Problem(ProblemTypes.StateForbids, "The read model is not stopped.");
    }
}
