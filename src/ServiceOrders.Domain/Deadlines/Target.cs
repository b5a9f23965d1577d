using System.Text.Json.Serialization;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>
/// How long a milestone may take: exactly one of the four. Written as in a policy, <c>{"elapsed":"PT24H"}</c>; strings, so that events stay readable
/// without converters.
/// </summary>
public sealed record Target
{
    /// <summary>ISO 8601 duration of clock time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Elapsed { get; init; }
    /// <summary>ISO 8601 duration of working time on the milestone's calendar.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Working { get; init; }
    /// <summary>Close of business on the n-th working day after the local date of the start.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? WorkingDays { get; init; }
    /// <summary>A time agreed with the customer, by its name (<c>visit</c>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Agreed { get; init; }

    /// <summary>Clock time.</summary>
    public static Target OfElapsed(string duration) => new() { Elapsed = duration };
    /// <summary>Working time.</summary>
    public static Target OfWorking(string duration) => new() { Working = duration };
    /// <summary>Working days.</summary>
    public static Target OfWorkingDays(int days) => new() { WorkingDays = days };
}
