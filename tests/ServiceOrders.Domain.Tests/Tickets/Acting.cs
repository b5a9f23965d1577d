using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>Lets acts happen in tests as the service does: through the catalog and the handler, with a seal that can be read.</summary>
public static class Acting
{
    /// <summary>Friday, 20 November 2026, nine in the morning in Shanghai.</summary>
    public static readonly DateTimeOffset Morning = new(2026, 11, 20, 1, 0, 0, TimeSpan.Zero);

    public static readonly Actor Anna = new(ActorKind.Staff, "anna");
    public static readonly Actor Boris = new(ActorKind.Staff, "boris");
    public static readonly Actor Shop = new(ActorKind.Channel, "wechat-shop");

    public static readonly Rulebook NoRules = new([], []);

    public static readonly Opening AtTheShop = new("SO-1234567", new Guid(7, 7, 7, new byte[8]), "wechat-shop", Medium.Wechat, Classifier.Empty);

    public static string Sealed(string text) => $"sealed({text})";

    /// <summary>The id that the n-th event of acts draws; the clock draws none.</summary>
    public static Guid Id(long n) => new((int)n, 0, 0, new byte[8]);

    public static ActEntry Entry(TicketAct act) =>
        act is OpenTicket ? ActCatalog.Open : ActCatalog.All.Single(e => e.Message == act.GetType());

    public static ActContext Context(Ticket ticket, DateTimeOffset now, Actor by, Rulebook? rules = null) => new()
    {
        Now = now, Actor = by, Rules = rules ?? NoRules, Seal = Sealed, Opening = ticket.IsOpened ? null : AtTheShop, NewId = () => Id(ticket.ActVersion + 1),
    };

    public static Outcome Do(this Ticket ticket, TicketAct act, ActContext context) => TicketHandler.Handle(ticket, act, Entry(act).Decide, context);

    /// <summary>The ticket after an act, a minute later unless told; the act must be valid and must happen.</summary>
    public static Ticket After(this Ticket ticket, TicketAct act, DateTimeOffset? at = null, Actor? by = null, Rulebook? rules = null)
    {
        Entry(act).Validate(act, false).ShouldBeEmpty();
        var outcome = ticket.Do(act, Context(ticket, at ?? ticket.Later(), by ?? Anna, rules));
        outcome.Refusal.ShouldBeNull();
        return outcome.Ticket;
    }

    public static DateTimeOffset Later(this Ticket ticket) => ticket.IsOpened ? ticket.LastOccurredAt.AddMinutes(1) : Morning;
}
