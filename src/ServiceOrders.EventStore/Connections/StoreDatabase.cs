using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// The connections to one database, with the settings that the store relies on. All SQL names its schema, so that nothing hangs on a pooled session's <c>search_path</c>.
/// </summary>
public sealed class StoreDatabase : IAsyncDisposable
{
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
        var session = $"-c synchronous_commit=on -c statement_timeout={(long)timeout.TotalMilliseconds} -c lock_timeout={(long)timeout.TotalMilliseconds / 3}"
            + " -c default_transaction_isolation=read\\ committed -c idle_in_transaction_session_timeout=60000 -c jit=off -c search_path=pg_catalog";
        settings.Options = settings.Options is { Length: > 0 } given ? given + " " + session : session;

        Pooled = Build(settings, configure);
        settings.Pooling = false;
        Dedicated = Build(settings, configure);
    }

    /// <summary>For reads and short transactions.</summary>
    public NpgsqlDataSource Pooled { get; }

    /// <summary>
    /// Not pooled: for connections that hold session locks. A pooled connection keeps its locks after it was closed, until it is used again.
    /// </summary>
    public NpgsqlDataSource Dedicated { get; }

    /// <summary>Closes the pool.</summary>
    public async ValueTask DisposeAsync()
    {
        await Pooled.DisposeAsync().ConfigureAwait(false);
        await Dedicated.DisposeAsync().ConfigureAwait(false);
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings, Action<NpgsqlDataSourceBuilder>? configure)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        configure?.Invoke(builder);
        return builder.Build();
    }
}
