using System.Text.Json;

namespace ServiceOrders.ReadModels.Tests.Given;

/// <summary>Equality of everything in two things, lists by their items: as plain JSON of all their members.</summary>
public static class Sameness
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void ShouldBeTheSameAs<T>(this T? actual, T? expected) => JsonSerializer.Serialize(actual, Indented).ShouldBe(JsonSerializer.Serialize(expected, Indented));
}
