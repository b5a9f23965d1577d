using ServiceOrders.ReadModels.Accesses;

namespace ServiceOrders.Host.Privacy;

/// <summary>What protects personal data (row K5): who was shown whose.</summary>
public static class PrivacySetup
{
    /// <summary>Registers it.</summary>
    public static IServiceCollection AddPrivacy(this IServiceCollection services) => services.AddSingleton<AccessJournal>().AddSingleton<AccessQuery>();

    /// <summary>Maps its operations.</summary>
    public static void MapPrivacy(this IEndpointRouteBuilder routes) => routes.MapAccesses();
}
