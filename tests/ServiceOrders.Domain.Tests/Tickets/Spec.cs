using System.Text.Encodings.Web;
using System.Text.Json;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>Given a ticket, when an act, then events, or a refusal and nothing.</summary>
public sealed class Spec
{
    private readonly Ticket _given;
    private Outcome? _outcome;

    private Spec(Ticket given) => _given = given;

    public static Spec Given(Ticket ticket) => new(ticket);

    /// <param name="act">The act; it must be valid in itself.</param>
    /// <param name="at">When; null: a minute after the last event.</param>
    /// <param name="by">Who; null: Anna of the staff.</param>
    /// <param name="with">Changes the rest of the context.</param>
    public Spec When(TicketAct act, DateTimeOffset? at = null, Actor? by = null, Func<ActContext, ActContext>? with = null)
    {
        var context = Acting.Context(_given, at ?? _given.Later(), by ?? Acting.Anna);
        context = with is null ? context : with(context);
        Acting.Entry(act).Validate(act, context.Historical).ShouldBeEmpty();
        _outcome = _given.Do(act, context);
        return this;
    }

    /// <summary>Exactly these events, in this order, all by the one who acted; the ticket is the one that they make.</summary>
    public Spec Then(params ITicketEvent[] events)
    {
        var outcome = Happened();
        outcome.Events.Select(e => Told(e.Event)).ShouldBe(events.Select(Told));
        outcome.Ticket.Version.ShouldBe(_given.Version + events.Length);
        return this;
    }

    public Spec AndTheTicket(Action<Ticket> holds)
    {
        holds(Happened().Ticket);
        return this;
    }

    public void ThenRefused(string code, RefusalKind kind = RefusalKind.State, string? field = null)
    {
        var outcome = _outcome.ShouldNotBeNull("nothing was done");
        var refusal = outcome.Refusal.ShouldNotBeNull();
        (refusal.Code, refusal.Kind, refusal.Field).ShouldBe((code, kind, field));
        outcome.Events.ShouldBeEmpty();
        outcome.Ticket.ShouldBeSameAs(_given);
    }

    private Outcome Happened()
    {
        var outcome = _outcome.ShouldNotBeNull("nothing was done");
        outcome.Refusal.ShouldBeNull();
        return outcome;
    }

    /// <summary>An event as text: records compare their lists by reference, texts show where they differ.</summary>
    private static string Told(ITicketEvent e) => $"{e.GetType().Name} {JsonSerializer.Serialize(e, e.GetType(), Readable)}";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
