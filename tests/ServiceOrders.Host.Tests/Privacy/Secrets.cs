using System.Globalization;
using System.Text;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>What a story says of a person, and every form in which it might stand somewhere.</summary>
internal static class Secrets
{
    public static readonly string[] All =
    [
        "描述秘密", "姓名秘密", "13800138000", "secret@example.com", "secret-acknowledged", "secret-reason", "secret-assigned", "secret-contacted", "secret-message", "secret-reply",
        "secret-question", "secret-answer", "secret-findings", "secret-solution", "secret-rejected", "secret-held", "secret-delay", "secret-escalated", "secret-resolution",
        "secret-followup", "secret-comment", "secret-confirmed", "secret-closed", "secret-reopened", "secret-note", "secret-resumed", "secret-visit", "secret-late", "secret-visited", "姓名改变",
        "secret-imported", "secret-behalf",
    ];

    /// <summary>A ticket's opening and acts, each with words of its own; ends closed.</summary>
    public static readonly (bool ByStaff, string Act, string Body)[] Acts =
    [
        (true, "request-information", """{ "fields": ["product.serialNumber"], "text": "secret-question" }"""),
        (false, "supply-information", """{ "contact": { "name": "姓名改变", "phone": "13800138000" }, "text": "secret-answer" }"""),
        (true, "acknowledge", """{ "text": "secret-acknowledged" }"""),
        (true, "classify", """{ "complexity": "complex", "reason": "secret-reason" }"""),
        (true, "assign", """{ "team": "repair", "assignee": "wu", "reason": "secret-assigned" }"""),
        (true, "contact", """{ "medium": "phone", "text": "secret-contacted" }"""),
        (false, "message", """{ "text": "secret-message" }"""),
        (true, "reply", """{ "text": "secret-reply" }"""),
        (true, "diagnose", """{ "cause": "hardware", "findings": "secret-findings" }"""),
        (true, "propose-solution", """{ "text": "secret-solution" }"""),
        (false, "reject", """{ "reason": "secret-rejected" }"""),
        (true, "hold", """{ "reason": "awaitingParts", "detail": "secret-held" }"""),
        (true, "notify-delay", """{ "expectedResolution": "2026-04-01T00:00:00Z", "text": "secret-delay" }"""),
        (true, "resume", """{ "reason": "secret-resumed" }"""),
        (true, "schedule-visit", """{ "at": "2026-04-01T00:00:00Z", "technician": "zhao-lei", "reason": "secret-visit" }"""),
        (true, "arrive", """{ "reason": "secret-late" }"""),
        (true, "complete-visit", """{ "text": "secret-visited" }"""),
        (true, "escalate", """{ "to": "head-of-service", "reason": "secret-escalated" }"""),
        (true, "note", """{ "text": "secret-note" }"""),
        (true, "resolve", """{ "text": "secret-resolution" }"""),
        (true, "call-back", """{ "reached": true, "solved": true, "text": "secret-followup" }"""),
        (false, "confirm", """{ "text": "secret-confirmed" }"""),
        (false, "rate", """{ "score": 5, "comment": "secret-comment" }"""),
        (true, "reopen", """{ "reason": "secret-reopened" }"""),
        (true, "resolve", """{ "text": "secret-resolution" }"""),
        (true, "close", """{ "reason": "secret-closed" }"""),
    ];

    /// <summary>The opening.</summary>
    public static string Opening(Guid customer) => $$"""
        { "kind": "repair", "description": "描述秘密", "contact": { "name": "姓名秘密", "phone": "13800138000", "email": "secret@example.com", "preferredMedium": "phone" }, "customerId": "{{customer}}",
          "product": { "model": "X200", "serialNumber": "X200-0007731" }, "externalReference": "{{customer}}" }
        """;

    /// <summary>Those of the secrets that stand in a text in any form: as they are, as hexadecimal bytes, escaped as JSON does, or within base64 of either alphabet, wherever in it they begin.</summary>
    public static string[] Within(string text) => [.. All.Where(secret => Forms(secret).Any(form => text.Contains(form, StringComparison.OrdinalIgnoreCase)))];

    private static IEnumerable<string> Forms(string secret)
    {
        yield return secret;
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return Convert.ToHexString(bytes);
        // A row as text, and a dump, double the backslash.
        if (secret.Any(c => c > '\x7f'))
            foreach (var escape in new[] { "\\u", "\\\\u" }) yield return string.Concat(secret.Select(c => string.Create(CultureInfo.InvariantCulture, $"{escape}{(int)c:x4}")));
        for (var before = 0; before < 3; before++)
        {
            // What depends on the bytes around it is cut off.
            var encoded = Convert.ToBase64String([.. new byte[before], .. bytes]);
            var whole = encoded[((before * 4 + 2) / 3)..((before + bytes.Length) / 3 * 4)];
            if (whole.Length < 8) continue;
            yield return whole;
            yield return whole.Replace('+', '-').Replace('/', '_');
        }
    }
}
