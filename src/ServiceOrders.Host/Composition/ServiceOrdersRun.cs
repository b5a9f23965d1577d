using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.Operating;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Retargetings;
using ServiceOrders.Host.Retention;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Telemetry;

namespace ServiceOrders.Host.Composition;

/// <summary>The life of the process: listen, start up, work, and on the way out let what is under way finish.</summary>
public static class ServiceOrdersRun
{
    /// <summary>Listens, does the start-up, tells the operator, starts the workers.</summary>
    /// <param name="app">The application.</param>
    /// <param name="console">Where the address and the first administrator's key are told.</param>
    public static async Task StartServiceOrdersAsync(this WebApplication app, TextWriter console)
    {
        var services = app.Services;
        services.GetRequiredService<OpenTelemetryExport>();
        await app.StartAsync();
        await services.GetRequiredService<StartUp>().RunAsync(app.Lifetime.ApplicationStopping);
        // At once: the key of a fresh administrator is stored nowhere, and nothing that fails from here on may swallow it.
        Announcement.Print(console, app.Urls, services.GetRequiredService<FirstAdministrator>().FreshKey);
        services.StartPrivacy();
        services.GetRequiredService<DueWorkers>().Start();
        foreach (var runner in services.GetRequiredService<SubscriptionRunner[]>()) runner.Start();
        services.GetRequiredService<CheckpointWorker>().Start();
        services.GetRequiredService<DueWatch>().Start();
        services.GetRequiredService<AuditWatch>().Start();
        services.GetRequiredService<VerificationWorker>().Start();
        services.GetRequiredService<RetargetingWorker>().Start();
        services.GetRequiredService<RetentionWorker>().Start();
        services.GetRequiredService<KeyRemoval>().Start();
        services.GetRequiredService<SampleWorker>().Start();
    }

    /// <summary>Stops listening, lets requests and workers finish what is under way, and ends everything.</summary>
    public static async Task StopServiceOrdersAsync(this WebApplication app)
    {
        await app.StopAsync();
        foreach (var runner in app.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.DisposeAsync();
        await app.DisposeAsync();
    }
}
