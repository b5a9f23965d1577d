using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// The connections to one database, with the settings that the store relies on. All SQL names its schema, so that nothing hangs on a pooled session's <c>search_path</c>.
/// </summary>
/// <remarks>
/// Reads and background work have a pool each, so that deadlines and subscriptions do not wait behind a storm of reads. A process has at most <see cref="MaxReads"/> +
/// <see cref="MaxBackground"/> sessions in them, one of the group writer's, and a few for moments: a rebuild, a migration, asking about a lost commit. Two nodes fit under
/// PostgreSQL's default of 100 <c>max_connections</c>; who runs more raises that, or sets <c>Maximum Pool Size</c>.
/// </remarks>
public sealed class StoreDatabase : IAsyncDisposable
{
    /// <summary>Sessions for reads at most, where the connection string does not say otherwise (<c>Maximum Pool Size</c>).</summary>
    public const int MaxReads = 32;

    /// <summary>Sessions for background work at most, or <c>Maximum Pool Size</c> where that is less.</summary>
    public const int MaxBackground = 8;

    /// <summary>Opens nothing yet.</summary>
    /// <param name="connectionString">An Npgsql connection string. Must lead to the server itself, or to a pooler in session mode.</param>
    /// <param name="statementTimeout">How long one statement may take before it is answered with an error; default 15 s. Bulk work (rebuilds, migrations) sets its own.</param>
    /// <param name="configure">Further settings of the data sources: logging, certificates, password providers.</param>
    public StoreDatabase(string connectionString, TimeSpan? statementTimeout = null, Action<NpgsqlDataSourceBuilder>? configure = null)
    {
        var timeout = statementTimeout ?? TimeSpan.FromSeconds(15);
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            // A fixed set of statements, prepared by themselves the second time they are used.
            MaxAutoPrepare = 60,
            AutoPrepareMinUsages = 2,
            // Errors of PostgreSQL quote values; they would reach logs.
            IncludeErrorDetail = false,
            CommandTimeout = (int)Math.Ceiling(timeout.TotalSeconds) + 5,
            Timezone = "UTC",
        };
        settings.ApplicationName ??= "service-orders";
        if (!settings.ShouldSerialize("Maximum Pool Size")) settings.MaxPoolSize = Math.Max(MaxReads, settings.MinPoolSize);
        var session = $"-c synchronous_commit=on -c statement_timeout={(long)timeout.TotalMilliseconds} -c lock_timeout={(long)timeout.TotalMilliseconds / 3}"
            + " -c default_transaction_isolation=read\\ committed -c idle_in_transaction_session_timeout=60000 -c jit=off -c search_path=pg_catalog";
        settings.Options = settings.Options is { Length: > 0 } given ? given + " " + session : session;

        Pooled = Build(settings, configure);
        settings.MaxPoolSize = Math.Min(MaxBackground, settings.MaxPoolSize);
        settings.MinPoolSize = 0;
        // What reads many events at a time reads them with fewer calls.
        settings.ReadBufferSize = 65_536;
        Background = Build(settings, configure);
        settings.Pooling = false;
        Dedicated = Build(settings, configure);
    }

    /// <summary>For requests: reads and short transactions.</summary>
    public NpgsqlDataSource Pooled { get; }

    /// <summary>For due workers, subscriptions and the reading of rebuilds.</summary>
    public NpgsqlDataSource Background { get; }

    /// <summary>
    /// Not pooled: for connections that hold session locks. A pooled connection keeps its locks after it was closed, until it is used again.
    /// </summary>
    public NpgsqlDataSource Dedicated { get; }

    /// <summary>Closes the pools.</summary>
    public async ValueTask DisposeAsync()
    {
        await Pooled.DisposeAsync().ConfigureAwait(false);
        await Background.DisposeAsync().ConfigureAwait(false);
        await Dedicated.DisposeAsync().ConfigureAwait(false);
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings, Action<NpgsqlDataSourceBuilder>? configure)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        configure?.Invoke(builder);
        return builder.Build();
    }
}
