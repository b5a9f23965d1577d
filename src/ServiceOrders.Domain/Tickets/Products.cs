namespace ServiceOrders.Domain.Tickets;

/// <summary>What a ticket has to know of the product it is about (row I3).</summary>
internal static class Products
{
    /// <summary>Product information as it is kept: trimmed, and null when it says nothing.</summary>
    public static ProductInfo? Given(ProductInfo? product)
    {
        var kept = new ProductInfo(product?.Model.Kept(), product?.SerialNumber.Kept());
        return kept is (null, null) ? null : kept;
    }

    /// <summary>Newly given parts replace the known ones; what is not given stays. Null when nothing was given.</summary>
    public static ProductInfo? Merge(ProductInfo? known, ProductInfo? given) =>
        Given(given) is { } news ? new ProductInfo(news.Model ?? known?.Model, news.SerialNumber ?? known?.SerialNumber) : null;

    /// <summary>What is missing: all kinds but questions and complaints are about one piece of equipment.</summary>
    public static IReadOnlyList<string> Missing(TicketKind kind, ProductInfo? product)
    {
        if (kind is TicketKind.Consultation or TicketKind.Complaint) return [];
        var missing = new List<string>(2);
        if (product?.Model is null) missing.Add(InformationFields.ProductModel);
        if (product?.SerialNumber is null) missing.Add(InformationFields.ProductSerialNumber);
        return missing;
    }
}

/// <summary>The fields that a customer can be asked for: a closed list, since they are stored in the clear.</summary>
public static class InformationFields
{
    internal const string ProductModel = "product.model";
    internal const string ProductSerialNumber = "product.serialNumber";

    /// <summary>Every field that can be asked for.</summary>
    public static readonly IReadOnlyList<string> All =
        [ProductModel, ProductSerialNumber, "contact.name", "contact.phone", "contact.email", "contact.preferredMedium", "description"];

    /// <summary>Whether an answer settles a field.</summary>
    /// <param name="field">One of <see cref="All"/>.</param>
    /// <param name="product">The product as it stands now.</param>
    /// <param name="contact">The contact as it is given; null: not given.</param>
    /// <param name="text">What was said.</param>
    internal static bool IsSettled(string field, ProductInfo? product, Contact? contact, string? text) => field switch
    {
        ProductModel => product?.Model is not null,
        ProductSerialNumber => product?.SerialNumber is not null,
        "contact.name" => !string.IsNullOrWhiteSpace(contact?.Name),
        "contact.phone" => !string.IsNullOrWhiteSpace(contact?.Phone),
        "contact.email" => !string.IsNullOrWhiteSpace(contact?.Email),
        "contact.preferredMedium" => contact?.PreferredMedium is not null,
        _ => !string.IsNullOrWhiteSpace(text),
    };
}
