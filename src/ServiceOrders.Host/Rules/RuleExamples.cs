namespace ServiceOrders.Host.Rules;

/// <summary>Bodies for the OpenAPI document. A test posts each of them.</summary>
internal static class RuleExamples
{
    public const string Calendar = """
        { "name": "cn-warehouse", "timeZone": "Asia/Shanghai",
          "week": { "monday": [["09:00", "12:00"], ["13:00", "18:00"]], "saturday": [["22:00", "06:00"]] },
          "days": [ { "date": "2026-02-14", "name": "春节调休", "intervals": [["09:00", "18:00"]] }, { "date": "2026-02-16", "name": "春节", "intervals": [] } ],
          "knownFrom": "2026-01-01", "knownUntil": "2026-12-31" }
        """;

    public const string Holidays = """
        { "year": 2027, "days": [ { "name": "元旦", "date": "2027-01-01", "isOffDay": true }, { "name": "春节", "date": "2027-02-06", "isOffDay": true }, { "name": "春节", "date": "2027-02-14", "isOffDay": false } ] }
        """;

    public const string Calculation = """{ "start": "2026-11-20T09:00:00Z", "target": { "working": "PT8H" } }""";

    public const string Policy = """
        { "name": "quick-test", "priority": 100, "appliesTo": { "channel": ["wechat-shop"], "kind": ["repair"] },
          "milestones": [ { "name": "acknowledge", "calendar": "always", "target": { "elapsed": "PT2S" }, "startsOn": ["opened"], "metBy": ["acknowledged"],
              "cancelledBy": ["cancelled"], "warnAt": [50, 75], "onReopen": "continue", "onBreach": [ { "escalate": 1 } ] } ] }
        """;

    public const string Publish = """{ "effectiveFrom": "2030-01-01T00:00:00Z", "applyToRunning": true }""";

    public const string Retire = """{ "retiredFrom": "2031-01-01T00:00:00Z" }""";

    public const string Team = """
        { "name": "hardware", "supervisors": [ { "level": 1, "name": "wang-jianguo" }, { "level": 2, "name": "technical-department" } ], "answersForOthers": false }
        """;

    public const string Classification = """
        { "rules": [ { "name": "smoke", "keywords": ["冒烟", "smoke"], "kind": "repair", "urgency": "urgent" } ] }
        """;
}
