using Npgsql;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Auditing;

/// <summary>The audit log in the composition.</summary>
public static class AuditLogComposition
{
    /// <summary>Adds what builds, signs, sends and proves.</summary>
    public static IServiceCollection AddAuditLog(this IServiceCollection services, AuditSettings settings, ServiceOrdersOptions options)
    {
        services.AddSingleton(settings).AddSingleton(_ => AuditKeys.Load(settings, options)).AddSingleton<AuditKeys>();
        services.AddSingleton<IRawSubscription, LogBuilder>();
        services.AddSingleton<ICheckpointSink>(_ => new FileSink(settings.CheckpointFile));
        if (settings.CheckpointWebhook is { } address) services.AddSingleton<ICheckpointSink>(_ => new WebhookSink(address));

        services.AddSingleton(provider => new CheckpointSender(Background(provider), Sinks(provider), provider.GetRequiredService<SigningKeys>(), Time(provider), provider.GetRequiredService<ILogger<CheckpointSender>>()));
        services.AddSingleton(provider => new CheckpointSigner(provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<SigningKeys>(), Sinks(provider), Environment.MachineName,
            Time(provider), provider.GetRequiredService<ILogger<CheckpointSigner>>()));
        services.AddSingleton(provider => new CheckpointWorker(Background(provider), provider.GetRequiredService<CheckpointSigner>(), provider.GetRequiredService<CheckpointSender>(),
            settings.CheckpointInterval, Time(provider), provider.GetRequiredService<ILogger<CheckpointWorker>>()));

        services.AddSingleton(provider => new VerificationTable(Pooled(provider))).AddSingleton(provider => new FindingTable(Pooled(provider)));
        services.AddSingleton(provider => new VerificationWorker(provider.GetRequiredService<StoreDatabase>(), () => Basis(provider, settings), settings.VerificationPace, Environment.MachineName, Time(provider),
            provider.GetRequiredService<ILogger<VerificationWorker>>()));
        services.AddSingleton(provider => new LogReader(Pooled(provider))).AddSingleton(provider => new CheckpointTable(Pooled(provider))).AddSingleton(provider => new KeyTable(Pooled(provider)));
        services.AddSingleton<INodeSource>(provider => new TileNodes(new LogTiles(Pooled(provider))));
        return services.AddSingleton<AuditProofs>().AddSingleton<TicketEvidence>().AddSingleton<AuditWatch>();
    }

    // The node's own key is what it knows for certain; those in the database count where it handed over to them, or took over from them. The one before it counts for its own sake as long as the log
    // does not have the new one.
    private static VerificationBasis Basis(IServiceProvider provider, AuditSettings settings)
    {
        var keys = provider.GetRequiredService<SigningKeys>();
        return new([.. new[] { keys.Current, keys.IsIntroduced ? null : keys.Previous }.OfType<SigningKey>().Select(key => key.Public)], settings.CheckpointFile);
    }

    private static NpgsqlDataSource Pooled(IServiceProvider provider) => provider.GetRequiredService<StoreDatabase>().Pooled;

    private static NpgsqlDataSource Background(IServiceProvider provider) => provider.GetRequiredService<StoreDatabase>().Background;

    private static ICheckpointSink[] Sinks(IServiceProvider provider) => [.. provider.GetServices<ICheckpointSink>()];

    private static TimeProvider Time(IServiceProvider provider) => provider.GetRequiredService<TimeProvider>();
}
