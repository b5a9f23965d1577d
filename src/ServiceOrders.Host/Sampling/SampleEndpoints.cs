using System.Text;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Auditing;

namespace ServiceOrders.Host.Sampling;

/// <summary><c>/v1/audit/samples</c>: the month's random tenth of closed services, and what its reviewers found (row M4).</summary>
public static class SampleEndpoints
{
    private const int MostText = 4_000;

    private const string Rules = """
        Before a month begins, a random seed is fixed: its SHA-256 is told (`commitment`), the seed itself is not. Once the month is over, each ticket that was closed in it gets a rank,
        SHA-256(seed ‖ ticket id, 16 bytes); the tenth with the lowest ranks, rounded up, is drawn, and the seed is told: so anyone can draw again (`service-orders sample redo`). A ticket counts once
        for each month in which a closing of it was recorded, however often it was closed in it, and also where it was reopened since; cancelled tickets and those that an import brought in closed do
        not count.
        """;

    /// <summary>Registers what they need.</summary>
    public static IServiceCollection AddSampling(this IServiceCollection services, SampleSettings settings) => services.AddSingleton(settings)
        .AddSingleton(provider => new ClosedTickets(provider.GetRequiredService<StoreDatabase>().Pooled)).AddSingleton<Samples>().AddSingleton<SampleReader>().AddSingleton<SampleWorker>();

    /// <summary>Maps them.</summary>
    public static void MapSamples(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/audit/samples", ListAsync).Describe("listSamples", AuditSearchEndpoint.Tag, "Lists the monthly samples of closed services, the latest first.", Rules + " The list follows by moments.")
            .For(Callers.Administrator, auditors: true).Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<SampleSummary>>(200, "A page of them.").Refuses(ProblemTypes.InvalidParameter);
        routes.MapGet("/v1/audit/samples/{month}", GetAsync).Describe("getSample", AuditSearchEndpoint.Tag, "A month's sample, with its findings.", Rules)
            .For(Callers.Administrator, auditors: true).Answers<SampleView>(200, "The sample.", etag: true).Refuses(ProblemTypes.NotFound);
        routes.MapPost("/v1/audit/samples/{month}/draw", DrawAsync)
            .Describe("drawSample", AuditSearchEndpoint.Tag, "Draws a month's sample now, where the service has not yet.", "It does so by itself ten minutes after the month's end. A sample that is drawn stays as it is.")
            .For(Callers.Administrator, auditors: true).NeedsNoKey().Takes(typeof(NoFields), "{}", required: false).Answers<SampleView>(200, "The sample.", etag: true)
            .Refuses(ProblemTypes.NotFound, ProblemTypes.StateForbids, ProblemTypes.Conflict);
        routes.MapPost("/v1/audit/samples/{month}/findings", RecordAsync)
            .Describe("recordSampleFinding", AuditSearchEndpoint.Tag, "Records what a reviewer found about a ticket that was drawn.", "The text is sealed with the key of the ticket's data subject, and is erased with it. Where that was erased before, the verdict alone can still be recorded, without `text`.")
            .For(Callers.Administrator, auditors: true).Takes<RecordFinding>("""{ "ticket": "SO-10000004", "verdict": "minorFault", "text": "回访晚了一天" }""")
            .Answers<SampleView>(200, "The sample with it.", etag: true)
            .Refuses(ProblemTypes.NotFound, ProblemTypes.InvalidValues, ProblemTypes.StateForbids, ProblemTypes.RuleRefused, ProblemTypes.Conflict, ProblemTypes.StaleVersion);
    }

    private static async Task<IResult> ListAsync(HttpContext http, ClosedTickets closed)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var before = query.Text(QueryParameter.Cursor.Name) is { } cursor
            ? SampleMonth.Parse(cursor)?.ToString() ?? throw new ProblemException(Problem.With(ProblemTypes.InvalidParameter, "cursor", "must be the nextCursor of the page before")) : null;
        var rows = await closed.SamplesAsync(before, limit + 1, http.RequestAborted);
        var items = rows.Take(limit).Select(r => new SampleSummary(r.Month, r.DrawnAt is null ? SampleState.Fixed : SampleState.Drawn, r.FixedAt, r.DrawnAt, r.Findings)).ToArray();
        return new Answer(new Page<SampleSummary>(items, rows.Count > limit ? items[^1].Month : null));
    }

    private static async Task<IResult> GetAsync(string month, HttpContext http, SampleReader reader) =>
        SampleMonth.Parse(month) is { } asked && await reader.GetAsync(asked, http) is { } view ? view : new Problem(ProblemTypes.NotFound);

    private static async Task<IResult> DrawAsync(string month, HttpContext http, Samples samples, SampleReader reader)
    {
        await JsonBody.ReadAsync<NoFields>(http);
        if (SampleMonth.Parse(month) is not { } asked) return new Problem(ProblemTypes.NotFound);
        await samples.DrawAsync(asked, http.Caller().Actor, http.TraceId(), http.RequestAborted);
        return (await reader.GetAsync(asked, http))!;
    }

    private static async Task<IResult> RecordAsync(string month, HttpContext http, ConfiguredStreams streams, SampleReader reader, TicketReader tickets, SubjectKeys keys, RequestKeys requests)
    {
        var body = await JsonBody.ReadAsync<RecordFinding>(http);
        if (SampleMonth.Parse(month) is not { } asked) return new Problem(ProblemTypes.NotFound);
        var (finding, text) = (body.Value, body.Value.Text?.Trim());
        if (text is { Length: 0 or > MostText }) return Problem.With(ProblemTypes.InvalidValues, "text", $"must have 1 to {MostText} characters, or be left out");
        if (await tickets.FindAsync(finding.Ticket, http.RequestAborted) is not { } ticket) return Problem.With(ProblemTypes.InvalidValues, "ticket", "must be the id or the service number of a ticket");
        // A fingerprint of the text would outlive its erasure, and could be tried against guesses: a repeat is told by ticket and verdict.
        var request = new ChangeRequest(http.Caller().Actor, http.TraceId(), requests.Take(http, http.Caller(), Encoding.UTF8.GetBytes($"{ticket.Id} {finding.Verdict}")), Preconditions.IfMatch(http));
        string? sealedText = null;
        if (text is not null)
        {
            var key = ticket.IsErased ? SubjectKey.Erased(ticket.SubjectId) : await keys.GetStoredAsync(ticket.SubjectId, http.RequestAborted);
            if (key.IsErased) return Erased;
            // Whoever erases the subject meanwhile either sees the finding or has it refused: nothing is stored that nobody could ever read.
            (sealedText, request) = (key.Seal(text), request with { Row = SubjectGate.Pass(ticket.SubjectId) });
        }
        try
        {
            await streams.ChangeAsync(Samples.Kind, asked.ToString(), request, sample => sample.Record(ticket.Id, finding.Verdict, sealedText), http.RequestAborted);
        }
        catch (AppendFailedException failure) when (SubjectGate.IsErased(failure))
        {
            keys.Forget(ticket.SubjectId);
            return Erased;
        }
        return (await reader.GetAsync(asked, http))!;
    }

    private static Problem Erased => Problem.Of(Refusal.State("subject-erased", "The customer's personal data was erased: nothing personal can be added, but for a verdict without a text."));
}
