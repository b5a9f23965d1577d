using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Health;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.Importing;
using ServiceOrders.Host.OpenApi;
using ServiceOrders.Host.Operating;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Replaying;
using ServiceOrders.Host.Retargetings;
using ServiceOrders.Host.Retention;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Simulating;
using ServiceOrders.Host.Telemetry;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Accesses;
using ServiceOrders.ReadModels.Auditing;
using ServiceOrders.ReadModels.Credentials;
using ServiceOrders.ReadModels.Reporting;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Composition;

/// <summary>What the service is made of. Everything is a singleton; what has a lifetime is ended by the container, last made first ended.</summary>
public static class ServiceOrdersComposition
{
    /// <summary>Adds all parts. The connection string must be configured: the embedded PostgreSQL configures its own.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="time">The clock of everything.</param>
    public static void AddServiceOrders(this WebApplicationBuilder builder, TimeProvider time)
    {
        var options = ServiceOrdersOptions.Of(builder.Configuration);
        var limits = WebLimits.Of(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = limits.BodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 10_000;
        });
        builder.Services.AddSingleton(time).AddSingleton(options).AddSingleton(limits);
        builder.Services.AddStore(options).AddAccess().AddTickets(options).AddRules().AddRetargetings().AddImports().AddSimulations().AddReplay().AddAuditLog(AuditSettings.Of(builder.Configuration, options), options).AddAuditing().AddAuditExport()
            .AddSampling(SampleSettings.Of(builder.Configuration)).AddOperating().AddOpenApiDocument();
        builder.Services.AddRetention(builder.Configuration);
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new()
        {
            Timeout = TimeSpan.FromSeconds(limits.RequestSeconds), TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
            WriteTimeoutResponse = http => new Problem(ProblemTypes.TimedOut) { RetryAfter = 2 }.ExecuteAsync(http),
        });
        builder.Services.AddSingleton<StartUp>().AddStartUpSteps(options);
    }

    private static IServiceCollection AddStore(this IServiceCollection services, ServiceOrdersOptions options)
    {
        services.AddSingleton(_ => new StoreDatabase(options.ConnectionString ?? throw new InvalidOperationException("No connection string is configured.")));
        services.AddSingleton(provider => provider.GetRequiredService<StoreDatabase>().Pooled);
        services.AddSingleton<StoreSignals>();
        services.AddSingleton(provider => new PostgresEventStore(provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<StoreSignals>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PostgresEventStore>>()));
        services.AddSingleton<IEventStore>(provider => provider.GetRequiredService<PostgresEventStore>());
        return services.AddSingleton<ConfiguredStreams>();
    }

    private static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<RequestKeys>();
        return services.AddSingleton<CredentialQuery>().AddSingleton<Credentials>().AddSingleton<RateLimits>().AddSingleton<FirstAdministrator>();
    }

    private static IServiceCollection AddTickets(this IServiceCollection services, ServiceOrdersOptions options)
    {
        services.AddSingleton(_ => new MasterKeys(MasterKey.Load(options.MasterKey, options.DataDirectory), MasterKey.LoadPrevious(options.PreviousMasterKey)));
        services.AddPrivacy();
        services.AddSingleton<SubjectKeys>().AddSingleton<ServiceNumbers>().AddSingleton<TicketQuery>().AddSingleton<NoticeQuery>().AddSingleton<QueueQuery>();
        return services.AddSingleton<TicketReader>().AddSingleton<TicketHistory>().AddSingleton<TicketService>().AddSingleton<OpeningChannels>();
    }

    private static IServiceCollection AddOperating(this IServiceCollection services)
    {
        services.AddSingleton<TicketDueHandler>().AddSingleton<DueTable>().AddSingleton<DueWatch>();
        services.AddSingleton(provider => new DueWorkers(provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<TicketDueHandler>().Handle,
            provider.GetRequiredService<StoreSignals>(), null, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<DueWorkers>>()));
        services.AddSingleton<IInlineReadModel, TicketReadModels>();
        services.AddProjection<MilestoneReport>().AddProjection<AuditIndex>().AddProjection<AccessReport>();
        services.AddSingleton<SubscriptionRunner[]>(provider =>
        {
            var (database, signals, time, log) = (provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<StoreSignals>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SubscriptionRunner>>());
            return [.. provider.GetServices<ISubscription>().Select(following => new SubscriptionRunner(database, following, signals, time, log)),
                .. provider.GetServices<IRawSubscription>().Select(following => new SubscriptionRunner(database, following, signals, time, log))];
        });
        services.AddSingleton<KeyRemoval>();
        return services.AddSingleton<Projections>().AddSingleton<Rebuilds>().AddSingleton<Readiness>().AddSingleton<OpenTelemetryExport>();
    }

    private static IServiceCollection AddProjection<T>(this IServiceCollection services)
        where T : class, IGenerationalProjection =>
        services.AddSingleton<T>().AddSingleton<IGenerationalProjection>(provider => provider.GetRequiredService<T>())
            .AddSingleton<ISubscription>(provider => new GenerationalSubscription(provider.GetRequiredService<T>()));

    private static void AddStartUpSteps(this IServiceCollection services, ServiceOrdersOptions options)
    {
        services.AddStartUpStep("migrations", async (provider, cancellation) =>
            await Migrator.ApplyAsync(provider.GetRequiredService<StoreDatabase>(), ServiceSchema.Scripts, cancellation));
        services.AddStartUpStep("audit key", (provider, cancellation) => provider.GetRequiredService<AuditKeys>().EnsureAsync(cancellation));
        services.AddStartUpStep("master key", (provider, cancellation) => provider.StartMasterKeyAsync(cancellation));
        services.AddStartUpStep("shipped rules", (provider, cancellation) => provider.GetRequiredService<ShippedRules>().EnsureAsync(cancellation));
        services.AddStartUpStep("rules", (provider, cancellation) => provider.GetRequiredService<RulebookSource>().StartAsync(cancellation));
        services.AddStartUpStep("first administrator", (provider, cancellation) => provider.GetRequiredService<FirstAdministrator>().EnsureAsync(options.AdministratorKey, cancellation));
    }

    private static void AddStartUpStep(this IServiceCollection services, string name, Func<IServiceProvider, CancellationToken, Task> run) =>
        services.AddSingleton(provider => new StartUpStep(name, cancellation => run(provider, cancellation)));
}
