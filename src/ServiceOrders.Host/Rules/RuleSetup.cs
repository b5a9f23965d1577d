using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Settings;

namespace ServiceOrders.Host.Rules;

/// <summary>Composes policies, calendars and classification rules.</summary>
public static class RuleSetup
{
    /// <summary>Adds them. <see cref="ShippedRules.EnsureAsync"/> is to be called after the migrations and before the host starts.</summary>
    public static IServiceCollection AddRules(this IServiceCollection services)
    {
        services.AddSingleton(provider => new SettingQuery(provider.GetRequiredService<StoreDatabase>().Pooled));
        services.AddSingleton<ShippedRules>();
        services.AddSingleton<RulebookSource>();
        services.AddSingleton<IRules>(provider => provider.GetRequiredService<RulebookSource>());
        services.AddHostedService(provider => provider.GetRequiredService<RulebookSource>());
        services.AddSingleton<RuleChanges>();
        return services;
    }

    /// <summary>Maps <c>/v1/calendars</c>, <c>/v1/policies</c> and <c>/v1/classification-rules</c>.</summary>
    public static void MapRules(this IEndpointRouteBuilder routes)
    {
        routes.MapCalendars();
        routes.MapPolicies();
        routes.MapClassificationRules();
    }
}
