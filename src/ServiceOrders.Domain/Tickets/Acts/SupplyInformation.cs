namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The customer supplies what was missing, or corrects it (row I3).</summary>
public sealed record SupplyInformation : ReasonedAct
{
    /// <summary>Product information; what is left out stays.</summary>
    public ProductInfo? Product { get; init; }
    /// <summary>The whole contact as it is now; null: stays.</summary>
    public Contact? Contact { get; init; }
    /// <summary>Anything else, in the customer's words.</summary>
    public string? Text { get; init; }

    internal static void Validate(SupplyInformation act, Check check)
    {
        check.Product("product", act.Product).Contact("contact", act.Contact).Text("text", act.Text);
        if (Products.Given(act.Product) is null && act.Contact is null && act.Text.Kept() is null) check.Wrong("text", "is required when neither product nor contact is given");
    }

    /// <summary>
    /// <see cref="InformationSupplied"/> until the ticket ends, and the end of a wait for the customer, whether or not something is still missing. Refused:
    /// <c>unreachable</c>.
    /// </summary>
    public static Decision Decide(Ticket ticket, SupplyInformation act, ActContext context)
    {
        if (ticket.HasEnded() is { } ended) return ended;
        if (act.Contact is { } contact && context.CannotBeReached(contact, ticket.Medium) is { } unreachable) return unreachable;
        var product = Products.Merge(ticket.Product, act.Product);
        string[] missing = [.. ticket.MissingInformation.Where(f => !InformationFields.IsSettled(f, product ?? ticket.Product, act.Contact, act.Text))];
        return context.Happens(act, ticket.Answered(new InformationSupplied(
            product, context.SealOptional(act.Contact?.ToJson()), act.Contact?.PreferredMedium, context.SealOptional(act.Text), missing)));
    }
}
