namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>An internal note, never shown to a channel: to whatever has happened, the ended ticket's too (row D4: a breach is annotated, never removed).</summary>
public sealed record AddNote : ReasonedAct
{
    /// <summary>The note.</summary>
    public string? Text { get; init; }

    internal static void Validate(AddNote act, Check check) => check.RequiredText("text", act.Text);

    /// <summary><see cref="NoteAdded"/>, always.</summary>
    public static Decision Decide(Ticket ticket, AddNote act, ActContext context) => context.Happens(act, new NoteAdded(context.SealText(act.Text)));
}
