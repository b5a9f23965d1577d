using System.Text.Json.Nodes;

namespace ServiceOrders.Host.Replaying;

/// <summary>One difference between two states.</summary>
/// <param name="Path">Where: members by name after a dot, elements of lists by what names them, never by their place: <c>milestones[resolution/1].dueAt</c>.</param>
/// <param name="Kind">What became of it.</param>
/// <param name="Before">What stood there; null where nothing did.</param>
/// <param name="After">What stands there now; null where nothing does.</param>
public sealed record Change(string Path, ChangeKind Kind, JsonNode? Before, JsonNode? After);

/// <summary>What became of a value.</summary>
public enum ChangeKind
{
    /// <summary>It was not there before.</summary>
    Added,
    /// <summary>It is another.</summary>
    Changed,
    /// <summary>It is no longer there.</summary>
    Removed,
}
