using System.Buffers;
using System.Text;
using System.Text.Json;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Domain.Tickets.Importing;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Simulating;

/// <summary>Reads what a simulation is asked for: each part by the same strict rules as where it is earnest, each error by its path.</summary>
/// <param name="streams">Where policies are, drafts too.</param>
internal sealed class SimulationReader(ConfiguredStreams streams)
{
    private const int MostTickets = 100_000_000;
    private const int MostFilters = 50;

    /// <summary>What is tried out.</summary>
    /// <param name="asked">The request.</param>
    /// <param name="known">The rules that the service knows.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="ProblemException">400 or 422: it is none.</exception>
    public async Task<Candidate> CandidateOfAsync(SimulationRequest asked, Rulebook known, DateTimeOffset now, CancellationToken cancellation)
    {
        var policy = await PolicyOfAsync(asked.Policy, cancellation);
        try
        {
            return Candidate.Of(known, policy, asked.Calendars, now);
        }
        catch (InvalidCandidateException wrong)
        {
            throw new ProblemException(Problem.Of(Refusal.Invalid("invalid-candidate", wrong.Errors)));
        }
    }

    /// <summary>The acts of a sequence.</summary>
    /// <exception cref="ProblemException">400: one of them is none.</exception>
    public static IReadOnlyList<SupposedAct> ActsOf(IReadOnlyList<JsonElement> told)
    {
        if (told.Count is 0 or > TicketImport.MostActs + 1) throw Invalid("acts", $"must be an opening and at most {TicketImport.MostActs} acts");
        return [.. told.Select((act, i) => ActOf(act, $"acts[{i}]"))];
    }

    /// <summary>Looks a selection over.</summary>
    /// <exception cref="ProblemException">422: it holds what is not possible.</exception>
    public static void Check(TicketSelection tickets)
    {
        var wrong = new List<KeyValuePair<string, string>>();
        if (tickets.OpenedTo <= tickets.OpenedFrom) wrong.Add(new("tickets.openedTo", "must be later than openedFrom"));
        if (tickets.Limit is < 1 or > MostTickets) wrong.Add(new("tickets.limit", $"must be from 1 to {MostTickets}"));
        if (tickets.Kind.Count > MostFilters) wrong.Add(new("tickets.kind", $"must be at most {MostFilters}"));
        if (tickets.Channel.Count > MostFilters) wrong.Add(new("tickets.channel", $"must be at most {MostFilters}"));
        if (tickets.Policy.Count > MostFilters) wrong.Add(new("tickets.policy", $"must be at most {MostFilters}"));
        if (wrong.Count > 0) throw new ProblemException(Problem.With(ProblemTypes.InvalidValues, wrong));
    }

    /// <summary>The end of what is looked at.</summary>
    /// <param name="asked">The one that is asked for.</param>
    /// <param name="otherwise">Where none is.</param>
    /// <exception cref="ProblemException">422: calendars do not compute there.</exception>
    public static DateTimeOffset UntilOf(DateTimeOffset? asked, DateTimeOffset otherwise) =>
        asked < TicketHandler.Earliest || asked > BusinessCalendar.Horizon ? throw new ProblemException(Problem.With(ProblemTypes.InvalidValues, "until", "must be from 1970 to 2200")) : asked ?? otherwise;

    private async Task<Policy?> PolicyOfAsync(JsonElement? told, CancellationToken cancellation)
    {
        switch (told)
        {
            case null or { ValueKind: JsonValueKind.Null }:
                return null;
            case { ValueKind: JsonValueKind.Object } definition:
                return (Policy)JsonBody.ParseAt("policy.", Encoding.UTF8.GetBytes(definition.GetRawText()), typeof(Policy)) with { Version = 0 };
            case { ValueKind: JsonValueKind.String } name:
                var history = await streams.LoadAsync(RuleStreams.Policies, RuleStreams.Policies.IdOf(Text(name, "policy")), cancellation: cancellation);
                return history.Version > 0 ? history.Latest.Policy : throw new ProblemException(Problem.Of(Refusal.Rule("unknown-policy", "There is no policy of that name.", "policy")));
            default:
                throw Invalid("policy", "must be a policy, or the name of one");
        }
    }

    private static SupposedAct ActOf(JsonElement told, string path)
    {
        if (told.ValueKind != JsonValueKind.Object) throw Invalid(path, "must be an object");
        if (!told.TryGetProperty("act", out var named) || named.ValueKind != JsonValueKind.String) throw Invalid($"{path}.act", "is required: the name of an act, the first of them open");
        var name = Text(named, $"{path}.act");
        var entry = name == ActCatalog.Open.Name ? ActCatalog.Open : ActCatalog.Find(name)
            ?? throw Invalid($"{path}.act", "must be one of " + string.Join(", ", ActCatalog.All.Prepend(ActCatalog.Open).Select(a => a.Name)));
        var message = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(message))
        {
            writer.WriteStartObject();
            foreach (var member in told.EnumerateObject().Where(m => !m.NameEquals("act"))) member.WriteTo(writer);
            writer.WriteEndObject();
        }
        return new SupposedAct(entry, (TicketAct)JsonBody.ParseAt($"{path}.", message.WrittenMemory, entry.Message));
    }

    private static string Text(JsonElement text, string path)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(path, "must be valid Unicode: it has half of a surrogate pair");
        }
    }

    private static ProblemException Invalid(string field, string message) => new(Problem.With(ProblemTypes.InvalidFields, field, message));
}
