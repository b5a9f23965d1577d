namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>What is wrong with one field of a message.</summary>
/// <param name="Field">Its path, as in the JSON: <c>contact.email</c>.</param>
/// <param name="Message">What it has to be, in words that can follow the field's name; never the value.</param>
public sealed record FieldError(string Field, string Message);
