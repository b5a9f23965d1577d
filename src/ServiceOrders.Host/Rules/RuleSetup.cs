using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Settings;

namespace ServiceOrders.Host.Rules;

/// <summary>Composes policies, calendars, classification rules and teams.</summary>
public static class RuleSetup
{
    /// <summary>
    /// Adds them. <see cref="ShippedRules.EnsureAsync"/>, then <see cref="RulebookSource.StartAsync"/>, belong to the start-up, after the migrations: not to the hosted services, which start before the
    /// process listens and would end it where the database is away.
    /// </summary>
    public static IServiceCollection AddRules(this IServiceCollection services)
    {
        services.AddSingleton(provider => new SettingQuery(provider.GetRequiredService<StoreDatabase>().Pooled));
        services.AddSingleton<ShippedRules>();
        services.AddSingleton<RulebookSource>();
        services.AddSingleton<IRules>(provider => provider.GetRequiredService<RulebookSource>());
        services.AddSingleton<RuleChanges>();
        return services;
    }

    /// <summary>Maps <c>/v1/calendars</c>, <c>/v1/policies</c>, <c>/v1/classification-rules</c> and <c>/v1/teams</c>.</summary>
    public static void MapRules(this IEndpointRouteBuilder routes)
    {
        routes.MapCalendars();
        routes.MapCalendarImport();
        routes.MapPolicies();
        routes.MapClassificationRules();
        routes.MapTeams();
    }
}
