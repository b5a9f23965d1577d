using System.Collections.Concurrent;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Web;

/// <summary>The kinds of trouble that come from decisions: each refusal's code is a problem type of its own.</summary>
public static class RuleProblems
{
    /// <summary>Those that decisions are can refuse with, in the order of their codes.</summary>
    public static readonly IReadOnlyList<ProblemType> All =
    [
        Rule("act-refused", "An act of the sequence is refused"),
        State("already-acknowledged", "Receipt was confirmed already"),
        State("already-arrived", "The technician has arrived already"),
        State("already-confirmed", "The resolution was confirmed already"),
        State("already-on-hold", "The ticket is on hold already"),
        State("already-on-legal-hold", "The ticket is under legal hold already"),
        State("already-opened", "The ticket is open already"),
        State("already-responded", "The first response was given already"),
        State("already-suspended", "The channel is suspended already"),
        State("archived", "The ticket is archived"),
        State("audit-key-known", "The key was introduced before"),
        State("audit-key-replaced", "Another key has taken its place"),
        State("built-in-calendar", "The calendar is built in"),
        Rule("calendar-range", "The time lies outside what calendars compute"),
        State("deactivated", "The member of staff is deactivated"),
        Rule("expected-in-the-past", "What is expected has to lie ahead"),
        State("highest-level", "The ticket is at the highest level already"),
        Rule("invalid-calculation", "The calculation does not hold together"),
        Rule("invalid-calendar", "The calendar does not hold together"),
        Rule("invalid-candidate", "What is to be tried out does not hold together"),
        Rule("invalid-classification-rules", "The classification rules do not hold together"),
        Rule("invalid-holiday-feed", "The holidays cannot be taken"),
        Rule("invalid-name", "The name is none"),
        Rule("invalid-policy", "The policy does not hold together"),
        Rule("invalid-retention-rules", "The retention rules do not hold together"),
        Rule("invalid-team", "The team does not hold together"),
        Rule("late-report-needs-a-reason", "A late report needs a reason"),
        Rule("legal-hold-needs-a-reason", "A legal hold needs a reason"),
        State("month-not-over", "The month is not over"),
        State("seed-not-the-one-fixed", "The seed is not the one that was fixed"),
        Rule("name-differs", "The name is not that of the address"),
        State("no-visit", "No visit is agreed"),
        State("not-arrived", "No technician is at the customer's"),
        Rule("not-in-the-sample", "The ticket is none of those drawn"),
        State("not-breached", "No such deadline was breached"),
        State("not-drawn", "The sample is not drawn yet"),
        State("not-on-hold", "The ticket is not on hold"),
        State("not-on-legal-hold", "The ticket is not under legal hold"),
        State("not-opened", "There is no ticket yet"),
        Rule("not-oneself", "Nobody does this to themselves"),
        State("not-resolved", "The ticket is not resolved"),
        State("not-suspended", "The channel is not suspended"),
        Rule("nothing-asked", "Nothing is asked for"),
        Rule("nothing-changes", "Nothing would change"),
        State("nothing-pending", "Nothing waits for the customer's word"),
        State("nothing-to-publish", "There is no draft to publish"),
        State("nothing-to-retire", "There is nothing to retire"),
        Rule("occurred-in-the-future", "An act cannot happen in the future"),
        Rule("occurred-too-long-ago", "An act cannot have happened so long ago"),
        State("on-legal-hold", "A ticket is under legal hold"),
        Rule("own-work", "Whoever did the work does not call back"),
        Rule("reported-too-late", "The act is too old to be reported by this caller"),
        Rule("same-key", "The new key is the one in force"),
        State("seed-fixed", "The month's seed is fixed"),
        State("subject-ambiguous", "The id names two data subjects"),
        State("subject-erased", "The customer's personal data was erased"),
        State("subject-is-customer", "The ticket's data subject is its customer"),
        State("ticket-cancelled", "The ticket was cancelled"),
        State("ticket-closed", "The ticket is closed"),
        State("ticket-confirmed", "The customer has confirmed the resolution"),
        State("ticket-full", "The ticket has as many events as it may have"),
        State("ticket-resolved", "The ticket is resolved"),
        Rule("tier-set-by-staff", "Of which tier a customer is, only staff may say"),
        Rule("too-many-events", "The history has more events than a ticket may be imported with"),
        Rule("too-late", "The time lies too far ahead"),
        State("tickets-open", "Tickets are neither closed nor cancelled"),
        State("too-many-versions", "There are as many versions as there may be"),
        Rule("too-soon", "The time is too close"),
        Rule("unknown-message", "No recent message has that id"),
        Rule("unknown-policy", "There is no such policy"),
        Rule("unreachable", "There is no way to reach the customer"),
        State("visit-in-progress", "The technician is at the customer's"),
    ];

    private static readonly ConcurrentDictionary<(string, RefusalKind), ProblemType> Types = new();

    /// <summary>The problem type of a refusal.</summary>
    public static ProblemType TypeOf(Refusal refusal) => Types.GetOrAdd((refusal.Code, refusal.Kind), static key => Find(key.Item1, key.Item2));

    private static ProblemType Find(string code, RefusalKind kind)
    {
        var status = kind == RefusalKind.State ? StatusCodes.Status409Conflict : StatusCodes.Status422UnprocessableEntity;
        // A type that /problems cannot explain must not be answered: whoever adds a refusal adds its line above, and a test holds it.
        return All.Concat(ProblemTypes.All).FirstOrDefault(t => t.Code == code && t.Status == status)
            ?? throw new InvalidOperationException($"The refusal {code} ({kind}) is not among the known problems.");
    }

    private static ProblemType State(string code, string title) => new(code, StatusCodes.Status409Conflict, title, "The resource's state forbids it; the detail says why. Nothing was written.");

    private static ProblemType Rule(string code, string title) => new(code, StatusCodes.Status422UnprocessableEntity, title, "A rule refuses it; the detail says why. Nothing was written.");
}
