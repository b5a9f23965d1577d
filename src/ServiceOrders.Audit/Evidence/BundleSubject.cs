using System.Globalization;
using ServiceOrders.Audit.Leaves;

namespace ServiceOrders.Audit.Evidence;

/// <summary>What a bundle is about: by the type of the first event of its stream.</summary>
/// <param name="Noun">What people call it.</param>
/// <param name="Opening">The event that begins its stream.</param>
/// <param name="NamedBy">The member of that event's data that names it.</param>
/// <param name="Kind">Where its stream's id is made of its name, the stream's type; null: it is not.</param>
internal sealed record BundleSubject(string Noun, string Opening, string NamedBy, string? Kind)
{
    private static readonly BundleSubject Ticket = new("ticket", "ticket_opened", "number", null), Sample = new("sample", "sample_seed_fixed", "month", "sample");

    /// <summary>What begins so; a ticket, where nothing does.</summary>
    public static BundleSubject Of(EventRecord? first) => first?.Type == Sample.Opening ? Sample : Ticket;

    /// <summary>What its first event says it is called; null: nothing.</summary>
    public string? NameIn(EventRecord first)
    {
        using var data = RuleReference.Parse(first.Data);
        return RuleReference.Text(data, NamedBy);
    }

    /// <summary>Whether a stream's first event begins one of that name.</summary>
    public bool Begins(EventRecord first, string name, Guid stream) =>
        first.Type == Opening && NameIn(first) == name && (Kind is null || new RuleReference(Kind, name, 0).StreamId == stream);

    /// <summary>Its name at the beginning of a sentence.</summary>
    public string Titled(string name) => string.Create(CultureInfo.InvariantCulture, $"{(Kind is null ? "Ticket" : "Sample")} {name}");
}
