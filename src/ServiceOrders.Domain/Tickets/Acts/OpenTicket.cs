using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>受理: a request comes in (rows I1 to I7). What is not given is classified by rules; what is missing is listed, never a ground for refusal.</summary>
public sealed record OpenTicket : ReasonedAct
{
    /// <summary>The channel's own reference, unique for it (row I4).</summary>
    public string? ExternalReference { get; init; }
    /// <summary>What is asked for; null: by the classification rules.</summary>
    public TicketKind? Kind { get; init; }
    /// <summary>How soon; null: by the rules.</summary>
    public Urgency? Urgency { get; init; }
    /// <summary>How hard; null: by the rules.</summary>
    public Complexity? Complexity { get; init; }
    /// <summary>The customer's tier; null: standard. Not for channels to say: it decides what is promised.</summary>
    public CustomerTier? Tier { get; init; }
    /// <summary>The problem, in the customer's words; at most 10,000 characters.</summary>
    public string? Description { get; init; }
    /// <summary>Which product.</summary>
    public ProductInfo? Product { get; init; }
    /// <summary>How to reach the customer.</summary>
    public Contact? Contact { get; init; }
    /// <summary>The customer's file, when known.</summary>
    public Guid? CustomerId { get; init; }
    /// <summary>ISO 3166-2 code, <c>CN-31</c>.</summary>
    public string? Region { get; init; }
    /// <summary>How the request came; null: as the channel's requests do.</summary>
    public Medium? Medium { get; init; }
    /// <summary>The channel's name, when staff enter the request.</summary>
    public string? Channel { get; init; }

    internal static void Validate(OpenTicket act, Check check) =>
        check.RequiredText("description", act.Description).Name("externalReference", act.ExternalReference).Known("kind", act.Kind).Known("urgency", act.Urgency)
            .Known("complexity", act.Complexity).Known("tier", act.Tier).Product("product", act.Product).RequiredContact("contact", act.Contact).Region("region", act.Region)
            .Known("medium", act.Medium).Name("channel", act.Channel).SomeId("customerId", act.CustomerId);

    /// <summary>
    /// Opens the ticket: <see cref="TicketOpened"/>, under the policy that matches it. Refused: <c>already-opened</c>, <c>tier-set-by-staff</c>, <c>unreachable</c> (no way to reach the customer),
    /// <c>unknown-policy</c> (an import or simulation names one that does not exist).
    /// </summary>
    /// <exception cref="ArgumentException">The context lacks what an opening needs.</exception>
    public static Decision Decide(Ticket ticket, OpenTicket act, ActContext context)
    {
        var opening = context.Opening ?? throw new ArgumentException("An opening needs its number, subject, channel and rules.", nameof(context));
        if (ticket.IsOpened) return Refusal.State("already-opened", "The ticket is open already.");
        if (act.Tier is not null && context.Actor.Kind == ActorKind.Channel) return Refusal.Rule("tier-set-by-staff", "Only staff may say of which tier a customer is.", "tier");
        var medium = act.Medium ?? opening.ChannelMedium;
        if (context.CannotBeReached(act.Contact, medium) is { } unreachable) return unreachable;
        var opened = Describe(act, medium, opening, context);
        if (Choose(opened, opening, context) is { } policy) opened = opened with { Policy = policy.Name, PolicyVersion = policy.Version };
        else if (opening.PolicyName is not null) return Refusal.Rule("unknown-policy", "There is no published policy of that name.", "policy");
        return context.Happens(act, opened);
    }

    private static TicketOpened Describe(OpenTicket act, Medium medium, Opening opening, ActContext context)
    {
        var tier = act.Tier ?? CustomerTier.Standard;
        var product = Products.Given(act.Product);
        var (kind, urgency, complexity, sources) =
            opening.Classifier.Classify(act.Kind, act.Urgency, act.Complexity, act.Description ?? "", product, act.Region, tier);
        return new TicketOpened(opening.Number, opening.Channel, act.ExternalReference.Kept(), medium, kind, urgency, complexity, tier, sources, act.Region, act.CustomerId,
            opening.SubjectId, product, context.SealText(act.Description), context.SealOptional(act.Contact?.ToJson()), act.Contact?.PreferredMedium,
            Products.Missing(kind, product), null, null, opening.CalendarName);
    }

    /// <summary>The policy for the ticket as it stands once opened (row D1).</summary>
    private static Policy? Choose(TicketOpened opened, Opening opening, ActContext context) => opening.PolicyName is { } name
        ? context.Rules.Latest(name, context.At)
        : context.Rules.Select(Ticket.Unopened.Evolve(opened, new EventMeta(1, context.At, context.Now, context.Actor)), context.At);
}
