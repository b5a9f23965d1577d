namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>What is wrong with one field of a message.</summary>
/// <param name="Field">Its path, as in the JSON: <c>contact.email</c>.</param>
/// <param name="Message">What it has to be, in words that can follow the field's name; never the value.</param>
/// <param name="IsMissing">A required field is missing: the message is malformed (400), where a value that is not possible is refused (422).</param>
public sealed record FieldError(string Field, string Message, bool IsMissing = false)
{
    /// <summary>A required field is missing.</summary>
    public static FieldError Missing(string field) => new(field, "is required", true);
}
