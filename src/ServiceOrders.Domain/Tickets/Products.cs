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
