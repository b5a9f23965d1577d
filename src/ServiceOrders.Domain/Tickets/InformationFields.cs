namespace ServiceOrders.Domain.Tickets;

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
