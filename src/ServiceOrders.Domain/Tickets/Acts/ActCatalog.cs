namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>Who may do an act.</summary>
[Flags]
public enum Callers
{
    /// <summary>Nobody.</summary>
    None = 0,
    /// <summary>The ticket's own channel, for its customer.</summary>
    Channel = 1,
    /// <summary>客服.</summary>
    Agent = 2,
    /// <summary>技术.</summary>
    Technician = 4,
    /// <summary>主管.</summary>
    Supervisor = 8,
    /// <summary>Runs the service; may do everything that staff may.</summary>
    Administrator = 16,
    /// <summary>Staff who handle tickets.</summary>
    Handlers = Agent | Technician | Supervisor | Administrator,
}

/// <summary>An act by its name: the one table that endpoints, import and simulation read.</summary>
/// <param name="Name">Kebab case, as in the route.</param>
/// <param name="Message">The message's type, a <see cref="TicketAct"/>.</param>
/// <param name="Validate">
/// What is wrong with a message in itself, whatever ticket it is for: every error with its field, answered 422. To be asked before <paramref name="Decide"/>.
/// True for an import of the past, where texts and the contact may be missing.
/// </param>
/// <param name="Decide">Its decision, about a valid message.</param>
/// <param name="Callers">Who may do it.</param>
/// <param name="Summary">One sentence, for the OpenAPI document.</param>
public sealed record ActEntry(
    string Name, Type Message, Func<TicketAct, bool, IReadOnlyList<FieldError>> Validate, Func<Ticket, TicketAct, ActContext, Decision> Decide, Callers Callers,
    string Summary);

/// <summary>All acts on an opened ticket.</summary>
public static class ActCatalog
{
    /// <summary>Every act, in the order of the story.</summary>
    public static readonly IReadOnlyList<ActEntry> All = [];

    /// <summary>The act of that name; null when there is none.</summary>
    public static ActEntry? Find(string name) => All.FirstOrDefault(a => a.Name == name);

    private static ActEntry Act<T>(string name, Action<T, Check> validate, Func<Ticket, T, ActContext, Decision> decide, Callers callers, string summary)
        where T : TicketAct => new(
        name, typeof(T), (act, historical) => Check.Of((T)act, historical, validate), (ticket, act, context) => decide(ticket, (T)act, context), callers, summary);
}
