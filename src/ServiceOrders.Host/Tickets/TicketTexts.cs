using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Host.Tickets;

/// <summary>What the OpenAPI document says of the ticket operations: texts and examples.</summary>
internal static class TicketTexts
{
    public const string Opening = """
        Only `description` and `contact` (with a way to reach the customer) are required; what else is missing is listed in `missingInformation`, and kind, urgency and
        complexity are classified by rules where they are not given. `externalReference` is unique for the channel: posting it again answers 200 with the ticket that has it.
        Staff name the `channel`.
        """;

    public const string Act = """
        Settles first what fell due before it, in the same change. `occurredAt` says when it happened: not in the future; older than a few minutes only by staff, with a
        reason. With `If-Match`, 412 when others acted since that version (what the clock wrote does not count); without, it is decided on the ticket as it stands.
        """;

    public const string History = """
        Each event with who, on whose behalf, when it happened and was recorded, through which channel, what brought it about (a request, a deadline, a change of rules), and what
        happened, personal data unsealed. A channel does not see internal notes nor the reasons of breaches and legal holds, so the versions that it sees have gaps.
        """;

    public const string List = """
        Several values of one parameter, separated by commas, match any of them; different parameters must all match. Unknown parameters are refused by name. A cursor belongs
        to its filter and order.
        """;

    public const string OpeningExample = """
        { "externalReference": "WX-20261122-77", "kind": "repair", "urgency": "normal", "complexity": "standard", "description": "开机无反应,指示灯不亮",
          "product": { "model": "X200", "serialNumber": "X200-0007731" },
          "contact": { "name": "王芳", "phone": "+86 138 0000 0000", "email": null, "preferredMedium": "phone" }, "region": "CN-31", "medium": "chat" }
        """;

    private static readonly Dictionary<string, string> Examples = new(StringComparer.Ordinal)
    {
        ["acknowledge"] = """{ "text": "已收到您的报修,工程师会尽快联系您。" }""",
        ["classify"] = """{ "kind": "repair", "urgency": "urgent", "complexity": "complex", "reason": "冒烟,有安全风险" }""",
        ["assign"] = """{ "team": "hardware", "assignee": "li-wei" }""",
        ["contact"] = """{ "medium": "phone", "text": "已电话联系客户确认问题。" }""",
        ["message"] = """{ "medium": "chat", "text": "请问什么时候能修好?" }""",
        ["reply"] = """{ "medium": "chat", "text": "预计明天下午。" }""",
        ["request-information"] = """{ "fields": ["product.serialNumber"], "text": "请提供设备序列号。" }""",
        ["supply-information"] = """{ "product": { "serialNumber": "X200-0007731" } }""",
        ["diagnose"] = """{ "cause": "hardware", "remote": true, "findings": "电源板损坏" }""",
        ["propose-solution"] = """{ "text": "更换电源板" }""",
        ["hold"] = """{ "reason": "awaitingParts", "expectedUntil": "2026-11-25T10:00:00Z", "detail": "电源板缺货" }""",
        ["resume"] = """{ "reason": "配件已到" }""",
        ["notify-delay"] = """{ "expectedResolution": "2026-11-26T10:00:00Z", "text": "配件周三到货。" }""",
        ["schedule-visit"] = """{ "at": "2026-11-26T01:00:00Z", "until": "2026-11-26T03:00:00Z", "technician": "zhao-lei", "reason": "客户周四上午在家" }""",
        ["arrive"] = """{ "reason": "客户要求提前到" }""",
        ["complete-visit"] = """{ "text": "已更换电源板,试机正常。" }""",
        ["escalate"] = """{ "level": 2, "to": "service-manager", "reason": "客户多次催促" }""",
        ["resolve"] = """{ "text": "已更换电源板,测试正常。" }""",
        ["confirm"] = """{ "text": "可以用了,谢谢。" }""",
        ["reject"] = """{ "reason": "问题依旧" }""",
        ["call-back"] = """{ "reached": true, "solved": true, "text": "客户满意。" }""",
        ["rate"] = """{ "score": 5, "comment": "很快" }""",
        ["close"] = """{ "reason": "回访完成" }""",
        ["reopen"] = """{ "reason": "同样的问题又出现了" }""",
        ["cancel"] = """{ "reason": "客户自行解决" }""",
        ["annotate-breach"] = """{ "milestone": "resolution", "reason": "配件进口延误" }""",
        ["place-legal-hold"] = """{ "reason": "消费者协会调解中,保留全部记录" }""",
        ["lift-legal-hold"] = """{ "reason": "调解已结案" }""",
        ["note"] = """{ "text": "客户周三不在家。" }""",
    };

    /// <summary>The example of an act's body.</summary>
    public static string ExampleOf(string act) => Examples.GetValueOrDefault(act, "{}");

    /// <summary>An act's operation id: <c>propose-solution</c> becomes <c>proposeSolutionTicket</c>.</summary>
    public static string OperationId(ActEntry act)
    {
        var words = act.Name.Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..])) + "Ticket";
    }
}
