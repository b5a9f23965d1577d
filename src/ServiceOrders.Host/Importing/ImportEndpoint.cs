using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Features;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Domain.Tickets.Importing;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Importing;

/// <summary><c>POST /v1/imports</c>: brings the tickets of another service desk in.</summary>
public static class ImportEndpoint
{
    /// <summary>The media type of bodies and answers: JSON values, one on a line.</summary>
    public const string MediaType = "application/x-ndjson";
    /// <summary>Bytes that a line may have; a body may have any number of lines.</summary>
    public const int MostBytesPerLine = 1_000_000;
    /// <summary>Answers that may wait in a buffer before they are sent.</summary>
    private const int AnswersPerFlush = 64;

    private static readonly QueryParameter ChannelName = new("channel", typeof(string), "The channel of lines that name none.");
    private static readonly QueryParameter TimeZone = new("timeZone", typeof(string), "The IANA time zone of times without an offset, like Europe/Lisbon; UTC when left out.");
    private static readonly QueryParameter Calendar = new("calendar", typeof(string), "A calendar that stands in for every calendar but always that the policy names; left out: none does.");
    private static readonly QueryParameter PolicyName = new("policy", typeof(string), "The policy of every ticket; left out: the one that was in force when the ticket was opened, if one was.");
    private static readonly QueryParameter Detail = new("detail", typeof(bool), "Whether to tell of every ticket, skipped ones too, with its milestones; false when left out.");

    private const string Description = """
        Each line is one ticket with all of its acts, imported in one piece: the fields of `POST /v1/tickets` with `occurredAt`, and `acts`, each the fields of its own request with `act`
        and `occurredAt`. `by` names whom the log names. Times may be local, without an offset. `externalReference` is required: a line whose reference its channel has already is skipped, so
        an import that broke off is taken up by sending it again. A contact and texts may be missing. An act that a rule refuses refuses its line; the others go on.

        Deadlines are computed as of then; those that were missed are marked historical and set nothing off.

        The answer comes while the body is read: lines of type `progress`, `rejected` and, with `detail=true`, `ticket`, and at the end `summary`, or `stopped` when the import could not go on.
        A client that does not read while it sends must send no more than 256 KB at once.
        """;

    private const string Example = """
        { "externalReference": "OLD-1001", "kind": "repair", "medium": "phone", "description": "no dial tone", "occurredAt": "2019-05-06T08:40", "by": "ann", "acts": [ { "act": "assign", "team": "telephony", "occurredAt": "2019-05-06T08:45" }, { "act": "resolve", "text": "exchanged", "occurredAt": "2019-05-07T14:20", "by": "bob" }, { "act": "close", "occurredAt": "2019-05-10T09:00" } ] }
        """;

    /// <summary>Registers what it needs.</summary>
    public static IServiceCollection AddImports(this IServiceCollection services) =>
        services.AddScoped<ImportChannels>().AddScoped<TicketImporter>().AddScoped<ImportRun>();

    /// <summary>Maps it.</summary>
    public static void MapImports(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/imports", ImportAsync).Describe("importTickets", "Imports", "Brings in tickets of the past, a line each.", Description)
            .For(Callers.Supervisor | Callers.Administrator).Query(ChannelName, TimeZone, Calendar, PolicyName, Detail)
            .TakesLines(MediaType, Example).Answers<ImportAnswer>(StatusCodes.Status200OK, "What becomes of the lines, a line each.").Refuses(ProblemTypes.UnsupportedMediaType, ProblemTypes.InvalidParameter)
            .NeedsNoKey().DisableRequestTimeout();

    private static async Task ImportAsync(
        HttpContext http, ImportRun run, ImportChannels channels, IRules rules, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        if (http.Request.ContentType?.Split(';')[0].Trim() is not (MediaType or "application/ndjson"))
            throw new ProblemException(new Problem(ProblemTypes.UnsupportedMediaType, $"An import is {MediaType}: JSON values, one on a line."));
        var terms = await TermsOf(http, channels, rules, time);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        http.Response.ContentType = MediaType;
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.StartAsync(http.RequestAborted);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var lines = new LineReader(http.Request.BodyReader, MostBytesPerLine);
        var importing = run.ImportAsync(lines, terms, Web.Query.Of(http).Flag(Detail.Name) ?? false, http.TraceId(), stop.Token);
        await TellAsync(http, run.Answers);
        await importing;
    }

    private static async Task<ImportTerms> TermsOf(HttpContext http, ImportChannels channels, IRules rules, TimeProvider time)
    {
        var query = Web.Query.Of(http);
        query.Flag(Detail.Name);
        var zone = query.Text(TimeZone.Name) ?? "UTC";
        var clock = LogClock.In(zone) ?? throw Wrong(TimeZone, "must be an IANA time zone like Europe/Lisbon");
        var channel = query.Text(ChannelName.Name);
        if (channel is not null && await channels.FindAsync(channel, http.RequestAborted) is null) throw Wrong(ChannelName, "is not the name of a registered channel");
        var (calendar, policy) = (query.Text(Calendar.Name), query.Text(PolicyName.Name));
        if (calendar is not null && !await KnowsAsync(book => book.FindCalendar(calendar) is not null)) throw Wrong(Calendar, "is not the name of a calendar");
        if (policy is not null && !await KnowsAsync(book => book.Latest(policy, time.Now()) is not null)) throw Wrong(PolicyName, "is not the name of a published policy");
        return new ImportTerms(http.Caller().Actor, http.TraceId(), channel, clock, calendar, policy);

        // What another node published a moment ago counts.
        async Task<bool> KnowsAsync(Func<Rulebook, bool> knows) => knows(rules.Current.Rulebook) || knows((await rules.RefreshAsync(http.RequestAborted)).Rulebook);
    }

    /// <summary>Writes answers as they come until there are no more, and reads them to the end even when nobody listens: the import waits for its reader.</summary>
    private static async Task TellAsync(HttpContext http, ChannelReader<ImportAnswer> answers)
    {
        var body = http.Response.BodyWriter;
        var unsent = 0;
        await foreach (var answer in answers.ReadAllAsync(CancellationToken.None))
        {
            if (http.RequestAborted.IsCancellationRequested) continue;
            try
            {
                await using (var json = new Utf8JsonWriter(body)) JsonSerializer.Serialize(json, answer, ApiJson.Options);
                body.Write("\n"u8);
                if (answers.TryPeek(out _) && ++unsent < AnswersPerFlush) continue;
                unsent = 0;
                await body.FlushAsync(http.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                // The caller went away; the import hears of it as well.
            }
        }
    }

    private static ProblemException Wrong(QueryParameter parameter, string message) => new(Problem.With(ProblemTypes.InvalidParameter, parameter.Name, message));
}
