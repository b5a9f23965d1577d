using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Domain.Tickets.Importing;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Importing;

/// <summary>What a whole import has in common: who imports, and what the log does not say.</summary>
/// <param name="Actor">Who imports.</param>
/// <param name="CorrelationId">The request's trace.</param>
/// <param name="Channel">The channel of lines that name none.</param>
/// <param name="Clock">Reads times without an offset.</param>
/// <param name="Calendar">Stands in for every calendar but <c>always</c>; null: none does.</param>
/// <param name="Policy">The policy of every ticket; null: the one that was in force when it was opened, if one was.</param>
internal sealed record ImportTerms(Actor Actor, string? CorrelationId, string? Channel, LogClock Clock, string? Calendar, string? Policy);

/// <summary>A line's ticket.</summary>
/// <param name="Reference">Its reference.</param>
/// <param name="Ticket">The ticket as it came in; null when it had come in before.</param>
/// <param name="Id">Its id.</param>
internal sealed record ImportedLine(string Reference, Ticket? Ticket, Guid Id);

/// <summary>
/// Imports one ticket: its whole history in one append, under the unique key of its channel and reference. So a ticket is there as a whole or not at all, however often its
/// line is sent and by however many at once.
/// </summary>
/// <param name="store">The streams.</param>
/// <param name="channels">The channels that are registered.</param>
/// <param name="keys">Seal personal data.</param>
/// <param name="numbers">Draws service numbers.</param>
/// <param name="rules">Policies, calendars, classification.</param>
/// <param name="time">The clock.</param>
internal sealed class TicketImporter(IEventStore store, ImportChannels channels, SubjectKeys keys, ServiceNumbers numbers, IRules rules, TimeProvider time)
{
    /// <summary>Imports a line, or finds that it was.</summary>
    /// <exception cref="ProblemException">The line cannot be imported.</exception>
    public async Task<ImportedLine> ImportAsync(ReadOnlyMemory<byte> text, ImportTerms terms, CancellationToken cancellation)
    {
        var line = ImportLine.Read(text, terms.Clock);
        var channel = await ChannelOf(line, terms, cancellation);
        var reference = TicketAppends.Reference(channel.Name, line.Reference);
        if (await store.FindKeyAsync(reference.Scope, reference.Value, cancellation) is { } holder) return new ImportedLine(line.Reference, null, holder.StreamId);

        var now = time.Now();
        var id = Guid.CreateVersion7(now);
        var opening = (OpenTicket)line.History.Opening.Act;
        var number = await numbers.NextAsync(cancellation);
        // A customer gets a key for good: not for a line that is refused.
        if (opening.CustomerId is { } customer && !await keys.IsKnownAsync(customer, cancellation)) Demand(await DecideAsync(customer, static text => text));
        var (key, keyRow) = await KeyFor(opening, id, now, cancellation);
        var outcome = await DecideAsync(key.Subject, key.Seal);
        Demand(outcome);

        var ticket = outcome.Ticket with { Id = id };
        var append = AppendOf(outcome, ticket, key, now, terms) with { Keys = [reference] };
        append = append with { Rows = [.. append.Rows, keyRow] };
        AppendOutcome stored;
        try
        {
            stored = await store.AppendAsync(append, cancellation);
        }
        catch (AppendFailedException failure) when (SubjectGate.IsErased(failure))
        {
            // The customer was erased since the key was read: one who comes back.
            keys.Forget(key.Subject);
            return await ImportAsync(text, terms, cancellation);
        }
        switch (stored)
        {
            case Appended:
                keys.Remember(key);
                return new ImportedLine(line.Reference, ticket, id);
            case KeyTaken taken:
                return new ImportedLine(line.Reference, null, taken.Holder.StreamId);
            case var other:
                throw new InvalidOperationException($"A new stream was answered with {other.GetType().Name}.");
        }

        ValueTask<ImportOutcome> DecideAsync(Guid subject, Func<string, string> seal) => rules.WithAsync(known => TicketImport.Decide(line.History, new ActContext
        {
            Now = now, Actor = terms.Actor, Rules = known.Rulebook, Seal = seal,
            Opening = new Opening(number, subject, channel.Name, channel.Medium, known.Classifier, terms.Policy, terms.Calendar),
        }), cancellation);
    }

    private static void Demand(ImportOutcome outcome)
    {
        if (outcome.Fault is { } fault) throw new ProblemException(ProblemOf(fault));
    }

    /// <summary>A ticket that had come in before, as it stands.</summary>
    public async Task<Ticket> ReadAsync(Guid id, CancellationToken cancellation) =>
        Ticket.Unopened.Fold(await store.ReadStreamAsync(id, cancellation: cancellation));

    private async ValueTask<OpeningChannel> ChannelOf(ImportLine line, ImportTerms terms, CancellationToken cancellation)
    {
        if ((line.Channel ?? terms.Channel) is not { } name)
            throw new ProblemException(Problem.With(ProblemTypes.InvalidValues, "channel", "is required where the import names none"));
        return await channels.FindAsync(name, cancellation)
            ?? throw new ProblemException(Problem.With(ProblemTypes.InvalidValues, "channel", "is not the name of a registered channel"));
    }

    private async ValueTask<(SubjectKey Key, InlineRow Row)> KeyFor(OpenTicket opening, Guid id, DateTimeOffset now, CancellationToken cancellation)
    {
        if (opening.CustomerId is not { } customer) return keys.New(id, now);
        var key = await keys.GetOrCreateAsync(customer, cancellation);
        return (key, SubjectGate.Pass(key.Subject));
    }

    /// <summary>Whom the log names for what customers do may be the customer, so that name is sealed; who of the staff did what is not (责任到人, row H1).</summary>
    private static Append AppendOf(ImportOutcome outcome, Ticket ticket, SubjectKey key, DateTimeOffset now, ImportTerms terms)
    {
        var origin = new EventOrigin(terms.CorrelationId, Historical: true);
        var events = TicketAppends.Stored([.. outcome.Events.Select(e => e.Happened)], i => origin with { OnBehalfOf = NameOf(outcome.Events[i]) });
        return TicketAppends.Of(Ticket.Unopened, ticket, events, now);

        string? NameOf(ImportedEvent e) => e.By is { } by && e.ByCustomers ? key.Seal(by) : e.By;
    }

    private static Problem ProblemOf(ImportFault fault)
    {
        var path = fault.Step is > 0 and { } step ? $"acts[{step - 1}]." : "";
        if (fault.Refusal is not { } refusal) return TicketAnswers.ProblemOf(fault.Errors, path);
        var field = path + (refusal.Field ?? "act");
        return Problem.Of(refusal) with { Errors = path.Length == 0 && refusal.Field is null ? null : new Dictionary<string, string[]> { [field] = [refusal.Detail] } };
    }
}
