using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Privacy;

/// <summary>Personal data was shown (row K5): answers of about a second, of one node. An event of the access log, streams of type <c>access_log</c>.</summary>
/// <param name="Accesses">Who was shown whose, in the order in which they were answered.</param>
public sealed record PersonalDataRead(IReadOnlyList<PersonalDataAccess> Accesses);

/// <summary>Answers of one operation to one caller within one second that showed personal data, neither sealed nor masked. What was shown again within the minute is not told again.</summary>
/// <param name="At">When the first of them was made.</param>
/// <param name="By">To whom.</param>
/// <param name="Route">Through which operation: <c>GET /v1/tickets/{idOrNumber}</c>.</param>
/// <param name="Kinds">What of each was shown: names of <see cref="PersonalData"/>, camelCase.</param>
/// <param name="Shown">Whose.</param>
public sealed record PersonalDataAccess(DateTimeOffset At, Actor By, string Route, IReadOnlyList<string> Kinds, IReadOnlyList<ShownTicket> Shown);

/// <summary>A ticket whose personal data was shown.</summary>
/// <param name="TicketId">The ticket.</param>
/// <param name="SubjectId">The data subject; null: the ticket itself.</param>
public sealed record ShownTicket(Guid TicketId, Guid? SubjectId);

/// <summary>Kinds of personal data.</summary>
[Flags]
public enum PersonalData
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Name, telephone number, e-mail address.</summary>
    Contact = 1,
    /// <summary>The problem, in the customer's words.</summary>
    Description = 2,
    /// <summary>Messages, replies, notes, findings, reasons.</summary>
    Texts = 4,
    /// <summary>The name under which an imported log has the customer.</summary>
    Name = 8,
}
