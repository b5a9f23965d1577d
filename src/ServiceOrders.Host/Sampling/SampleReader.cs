using ServiceOrders.Domain.Auditing;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Auditing;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Sampling;

/// <summary>Shows a sample. A finding may tell of a customer: it is shown plain to who wrote it and masked to other auditors, and each plain showing is in the access log.</summary>
/// <param name="store">The streams.</param>
/// <param name="closed">Names tickets.</param>
/// <param name="keys">Unseal findings.</param>
/// <param name="journal">The access log.</param>
public sealed class SampleReader(IEventStore store, ClosedTickets closed, SubjectKeys keys, AccessJournal journal)
{
    /// <summary>The answer that shows a month's sample; null: no seed was fixed for it.</summary>
    internal async Task<Answer?> GetAsync(SampleMonth month, HttpContext http)
    {
        var id = Samples.Kind.IdOf(month.ToString());
        var events = await store.ReadStreamAsync(id, cancellation: http.RequestAborted);
        if (events.Count == 0) return null;
        var sample = events.Aggregate(Sample.None, Fold);
        var before = (await store.ReadStreamAsync(Samples.Kind.IdOf(month.Previous.ToString()), toVersion: 1, cancellation: http.RequestAborted)).Aggregate(Sample.None, Fold);
        var names = await closed.NamesAsync(sample.Drawn, http.RequestAborted);
        var found = sample.Findings.Select(f => f.Ticket).Distinct().Where(names.ContainsKey).ToDictionary(ticket => ticket, ticket => names[ticket].Subject);
        // The sample's stream does not tell who was erased since: the database does.
        var unseal = await keys.GetManyStoredAsync(found.Values, http.RequestAborted);
        var disclosed = found.ToDictionary(f => f.Key, f => new Disclosure(unseal[f.Value], http.Caller()));
        var findings = sample.Findings.ToLookup(f => f.Ticket, f => new SampleFindingView(f.Verdict, disclosed.GetValueOrDefault(f.Ticket)?.Written(f.SealedText, f.By), f.By, f.At));
        journal.Record(http.Caller(), Operations.RouteOf(http), found.Where(f => disclosed[f.Key].Shown != 0).Select(f => new Showing(f.Key, f.Value, disclosed[f.Key].Shown)));
        var drawn = sample.Drawn.Select(ticket => new SampledTicket(ticket, names.TryGetValue(ticket, out var name) ? name.Number : null, [.. findings[ticket]]));
        return new Answer(new SampleView(month.ToString(), sample.IsDrawn ? SampleState.Drawn : SampleState.Fixed, sample.TimeZone, month.StartsAt(sample.TimeZone, before.Version > 0 ? before.TimeZone : null), month.Next.StartsAt(sample.TimeZone), id,
            sample.Commitment, sample.FixedAt, PositionOf("sample_seed_fixed"), sample.Seed, sample.DrawnAt, PositionOf("sample_drawn"), sample.UpTo,
            sample.IsDrawn ? sample.Population.Length : null, [.. drawn]), Version: sample.Version);

        long? PositionOf(string type) => events.FirstOrDefault(e => e.Type == type)?.Position;
    }

    private static Sample Fold(Sample sample, StoredEvent stored) => EventSerializer.Data(stored) is ISampleEvent happened
        && EventSerializer.Headers(stored) is { } headers
            ? sample.Evolve(happened, new EventMeta(stored.Version, headers.OccurredAt, stored.RecordedAt, headers.Actor)) : sample;
}
