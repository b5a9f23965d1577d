using System.Security.Cryptography;
using ServiceOrders.Audit.Sampling;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Auditing;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Sampling;

/// <summary>
/// The monthly samples of closed services (row M4): fixes seeds beforehand and draws afterwards. Each sample is a stream of its own, so of two nodes that fix or draw at once one wins, and the other
/// finds it done.
/// </summary>
/// <param name="store">The streams.</param>
/// <param name="streams">Loads them.</param>
/// <param name="secrets">Keep seeds, wrapped by the master key, until they are told.</param>
/// <param name="closed">Finds what was closed.</param>
/// <param name="settings">The time zone of months.</param>
/// <param name="time">The clock.</param>
public sealed class Samples(IEventStore store, ConfiguredStreams streams, ServiceSecrets secrets, ClosedTickets closed, SampleSettings settings, TimeProvider time)
{
    /// <summary>A sample's stream: the month is its name.</summary>
    public static readonly StreamKind<Sample, ISampleEvent> Kind =
        new(ClosedTickets.SampleStream, Sample.None, (sample, happened, meta) => sample.Evolve(happened, meta), sample => sample.Version, (_, _) => []);

    /// <summary>Who fixes and draws, where nobody asks for it.</summary>
    public static readonly Actor Actor = new(ActorKind.System, "sampling");

    private const int MostAttempts = 5;

    /// <summary>The month in which we are.</summary>
    public SampleMonth CurrentMonth => SampleMonth.Of(time.GetUtcNow(), settings.TimeZone);

    /// <summary>A month's sample; <see cref="Sample.None"/>: no seed was fixed.</summary>
    public Task<Sample> LoadAsync(SampleMonth month, CancellationToken cancellation) => streams.LoadAsync(Kind, Kind.IdOf(month.ToString()), cancellation: cancellation);

    /// <summary>Fixes a month's seed, if nobody has. The seed is stored first: of nodes that make it at once one prevails, so all of them tell the same of it.</summary>
    public async Task EnsureSeedAsync(SampleMonth month, CancellationToken cancellation)
    {
        if ((await LoadAsync(month, cancellation)).Version > 0) return;
        var seed = await secrets.GetOrCreateAsync(SecretOf(month), () => RandomNumberGenerator.GetBytes(SampleDraw.SeedLength), cancellation);
        var isFirst = month.StartsAt(settings.TimeZone) <= time.GetUtcNow() && !await closed.AnySeedAsync(cancellation);
        var (fixedSeed, _) = Sample.None.FixSeed(month, settings.TimeZone, SampleDraw.CommitmentOf(seed), isFirst);
        // Stale: another node was faster.
        await AppendAsync(Kind.IdOf(month.ToString()), 0, [fixedSeed!], Actor, null, cancellation);
    }

    /// <summary>Draws a month's sample, or finds it drawn.</summary>
    /// <param name="month">The month.</param>
    /// <param name="actor">Who wants it drawn.</param>
    /// <param name="correlationId">The request.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="ProblemException">404: no seed was fixed; 409: the month is not over, or the seed that is kept is not the one that was fixed.</exception>
    public async Task<Sample> DrawAsync(SampleMonth month, Actor actor, string? correlationId, CancellationToken cancellation)
    {
        var id = Kind.IdOf(month.ToString());
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var sample = await LoadAsync(month, cancellation);
            if (sample.Version == 0) throw new ProblemException(new Problem(ProblemTypes.NotFound, "No seed was fixed for the month."));
            if (sample.IsDrawn) return sample;
            if (!sample.IsOver(time.GetUtcNow())) throw new ProblemException(Problem.Of(Refusal.State("month-not-over", "The month is not over, or was not ten minutes ago.")));
            await AppendAsync(id, sample.Version, await DrawnAsync(sample, cancellation), actor, correlationId, cancellation);
        }
        throw new ProblemException(new Problem(ProblemTypes.Conflict));
    }

    /// <summary>The events of a draw: who was closed in the month is read up to the last event stored.</summary>
    private async Task<IReadOnlyList<ISampleEvent>> DrawnAsync(Sample sample, CancellationToken cancellation)
    {
        var upTo = await closed.LastAsync(cancellation);
        var seed = await secrets.FindAsync(SecretOf(sample.Month), cancellation) ?? throw new InvalidOperationException($"The seed of the sample of {sample.Month} is gone.");
        if (SampleDraw.CommitmentOf(seed) != sample.Commitment)
            throw new ProblemException(Problem.Of(Refusal.State("seed-not-the-one-fixed", "The seed that is kept is not the one whose SHA-256 was told: nothing is drawn by it.")));
        var before = await LoadAsync(sample.Month.Previous, cancellation);
        var population = await closed.ClosedAsync(sample.Month.StartsAt(sample.TimeZone, before.Version > 0 ? before.TimeZone : null), sample.Month.Next.StartsAt(sample.TimeZone), upTo, before.UpTo, cancellation);
        return sample.Draw(Convert.ToHexStringLower(seed), population, SampleDraw.Of(seed, population), upTo);
    }

    private static string SecretOf(SampleMonth month) => $"sample-seed/{month}";

    private async Task AppendAsync(Guid id, long version, IReadOnlyList<ISampleEvent> happened, Actor actor, string? correlationId, CancellationToken cancellation)
    {
        var now = time.Now();
        await store.AppendAsync(new Append
        {
            StreamId = id, StreamType = Kind.Type, ExpectedVersion = version, Now = now,
            Events = [.. happened.Select(e => EventSerializer.ToNew(e, now, actor, new EventOrigin(correlationId)))],
        }, cancellation);
    }
}
