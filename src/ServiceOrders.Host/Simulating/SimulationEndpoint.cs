using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Simulating;

/// <summary><c>POST /v1/simulations</c>: what would have been, or would be, under other rules (row A4).</summary>
public static class SimulationEndpoint
{
    /// <summary>The media type of answers about real tickets: JSON values, one on a line.</summary>
    public const string LinesType = "application/x-ndjson";
    private const int RetryAfterSeconds = 10;

    private const string Description = """
        The decisions are the ones that the service itself makes; nothing is written to any ticket, no number drawn, no personal data read. `policy` (a whole policy, or the name of one, whose
        latest version is taken, a draft too) applies to every ticket, whichever it is for; `calendars` stand in for the latest versions of their names. Their errors are told by paths like
        `policy.milestones[0].calendar` and `calendars[1].week.monday[0]`.

        With `acts`, a ticket is supposed: each act has `act`, `occurredAt` and the fields of its own request, the first is `open`; texts and the contact may be missing. Times may lie ahead.
        The answer is the ticket's milestones at `until`. An act that a rule refuses is told as `acts[i]`, as is the one before which the ticket came to 5,000 events.

        With `tickets`, real tickets tell their story again: what people did stays as they did it, and the clocks run anew. The answer is a stream of lines: `progress`, a `ticket` for each
        with its milestones as they came out (`actual`), as they would have (`candidate`) and what differs, `notSimulated` for one of which nothing can be said (it would come to more than 5,000
        milestone cycles, or cannot be read), and at the end a `summary`, or `stopped` when it could not go on.
        """;

    /// <summary>Registers what it needs.</summary>
    public static IServiceCollection AddSimulations(this IServiceCollection services) => services.AddSingleton<SimulationReader>().AddSingleton<SimulatedPortions>().AddSingleton<TicketRun>()
        .AddSingleton(provider => new SimulationPlaces(provider.GetRequiredService<WebLimits>().ConcurrentSimulations));

    /// <summary>Maps it.</summary>
    public static void MapSimulations(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/simulations", SimulateAsync).Describe("simulate", "Simulations", "Says what would have been, or would be, under another policy or other calendars.", Description)
            .For(Callers.Supervisor | Callers.Administrator, auditors: true).NeedsNoKey().Takes<SimulationRequest>(SimulationExample.Request)
            .Answers<SupposedTicket>(StatusCodes.Status200OK, "For `acts`: the ticket as it would stand.").AnswersLines<SimulationAnswer>(LinesType, "For `tickets`: what would have become of them, a line each.")
            .Refuses(ProblemTypes.InvalidValues, RuleProblem.InvalidCandidate, RuleProblem.ActRefused, RuleProblem.UnknownPolicy).DisableRequestTimeout();

    private static async Task<IResult> SimulateAsync(
        HttpContext http, SimulationReader reader, SimulationPlaces places, TicketRun run, ConfiguredStreams streams, IRules rules, WebLimits limits, TimeProvider time,
        IHostApplicationLifetime lifetime)
    {
        var asked = (await JsonBody.ReadAsync<SimulationRequest>(http)).Value;
        if (asked.Acts is null == asked.Tickets is null) return Problem.With(ProblemTypes.InvalidFields, "acts", "must be given, or tickets, but not both");
        if (asked.Tickets is not null) SimulationReader.Check(asked.Tickets);
        using var place = places.Take();
        if (!place.IsAcquired) return new Problem(ProblemTypes.Overloaded, "As many simulations as may be are under way.") { RetryAfter = RetryAfterSeconds };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        // What another node published a moment ago counts, and tickets name every version that they were promised on.
        var known = await rules.RefreshAsync(http.RequestAborted);
        var candidate = await reader.CandidateOfAsync(asked, known.Rulebook, time.Now(), http.RequestAborted);
        if (asked.Tickets is { } tickets)
        {
            var until = SimulationReader.UntilOf(asked.Until, time.Now());
            http.Response.ContentType = LinesType;
            http.Response.Headers.CacheControl = "no-store";
            await run.RunAsync(candidate, tickets, until, http.Response.BodyWriter, http.TraceId(), stop.Token);
            return Results.Empty;
        }
        // The route has no timeout, for the sake of real tickets.
        stop.CancelAfter(TimeSpan.FromSeconds(limits.RequestSeconds));
        return await SupposeAsync(asked, candidate, known, streams, time.Now(), stop.Token);
    }

    private static async Task<IResult> SupposeAsync(
        SimulationRequest asked, Candidate candidate, RuleSnapshot known, ConfiguredStreams streams, DateTimeOffset now, CancellationToken cancellation)
    {
        var acts = SimulationReader.ActsOf(asked.Acts!);
        var latest = acts.Max(a => a.Act.OccurredAt);
        var until = SimulationReader.UntilOf(asked.Until, latest > now && latest < BusinessCalendar.Horizon ? latest.Value : now);
        var (ticket, fault) = ActSimulation.Run(acts, candidate.Rules, known.Classifier, await MediumOfAsync(acts, streams, cancellation), until, cancellation);
        if (fault is null) return new Answer(SimulationViews.Of(ticket, candidate.Rules, until));
        var path = $"acts[{fault.Index}]";
        if (fault.Refusal is not { } refusal) return TicketAnswers.ProblemOf(fault.Errors, path + ".");
        return Problem.Of(Refusal.Rule("act-refused", $"{acts[fault.Index].Entry.Name}: {refusal.Code}: {refusal.Detail}", path));
    }

    /// <summary>A request that does not say how it came, came as those of its channel do.</summary>
    private static async Task<Medium> MediumOfAsync(IReadOnlyList<SupposedAct> acts, ConfiguredStreams streams, CancellationToken cancellation)
    {
        if (acts[0].Act is not OpenTicket { Medium: null, Channel: { } name }) return Medium.Web;
        var channel = await streams.LoadAsync(CredentialStreams.Channels, CredentialStreams.Channels.IdOf(name), cancellation: cancellation);
        return channel.Version > 0 ? channel.Medium : Medium.Web;
    }
}

/// <summary>Simulations that are under way at once on this node; no more of them, and none waits.</summary>
/// <param name="most">How many.</param>
internal sealed class SimulationPlaces(int most) : Places(most);
