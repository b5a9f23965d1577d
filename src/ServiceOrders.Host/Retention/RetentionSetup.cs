using ServiceOrders.Domain.Retention;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Configuration;
using ServiceOrders.ReadModels.Retention;

namespace ServiceOrders.Host.Retention;

/// <summary>Composes retention: its rules, its runs and their worker, its records (row A3).</summary>
public static class RetentionSetup
{
    /// <summary>The stream type of the records: one stream for each run.</summary>
    public const string StreamType = "retention";

    /// <summary>The stream of the rules.</summary>
    internal static readonly StreamKind<RetentionHistory, IRetentionRulesEvent> Rules =
        new("retention_rules", RetentionHistory.Unsaved, (rules, happened, meta) => rules.Evolve(happened, meta), rules => rules.Version, (_, _) => []);

    /// <summary>Adds it.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(RetentionOptions.Of(configuration));
        services.AddSingleton(provider => new RetentionRunQuery(provider.GetRequiredService<StoreDatabase>().Pooled));
        services.AddSingleton(provider => new RetentionRecordQuery(provider.GetRequiredService<StoreDatabase>().Pooled));
        services.AddSingleton(provider => new RecordedWork(provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<StoreSignals>()));
        return services.AddSingleton<TicketRetirement>().AddSingleton<RetentionWorker>();
    }

    /// <summary>Maps <c>/v1/audit/retention</c>.</summary>
    public static void MapRetention(this IEndpointRouteBuilder routes)
    {
        routes.MapRetentionRules();
        routes.MapRetentionRuns();
    }
}
