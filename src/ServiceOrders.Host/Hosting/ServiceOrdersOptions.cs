using Npgsql;

namespace ServiceOrders.Host.Hosting;

/// <summary>What the operator sets, by environment (<c>ServiceOrders__DataDirectory</c>) or <c>appsettings.json</c>. The address is ASP.NET Core's own, <c>ASPNETCORE_URLS</c>.</summary>
public sealed record ServiceOrdersOptions
{
    /// <summary>Where the service listens unless <c>ASPNETCORE_URLS</c> says otherwise.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>The configuration section of everything but the connection string.</summary>
    public const string Section = "ServiceOrders";

    /// <summary>The name of the connection string: <c>ConnectionStrings__ServiceOrders</c>.</summary>
    public const string ConnectionName = "ServiceOrders";

    /// <summary>The PostgreSQL to use. Null: the embedded one.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The folder of the embedded PostgreSQL, of keys and of attachments, as a full path; default <c>.data</c> in the working folder.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Presets, or at a later start resets, the first administrator's key; null: one is generated and printed once.</summary>
    public string? AdministratorKey { get; init; }

    /// <summary>The master key that wraps the keys of data subjects, base64; null: the one in the data directory.</summary>
    public string? MasterKey { get; init; }

    /// <summary>The master key before, base64, while it is being changed; null: it is not.</summary>
    public string? PreviousMasterKey { get; init; }

    /// <summary>Whether the service brings its own PostgreSQL.</summary>
    public bool IsEmbedded => ConnectionString is null;

    /// <summary>The settings as configured; an empty one counts as missing.</summary>
    /// <exception cref="StartRefusedException">The connection string is none.</exception>
    public static ServiceOrdersOptions Of(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var section = configuration.GetSection(Section);
        return new ServiceOrdersOptions
        {
            ConnectionString = Checked(Given(configuration.GetConnectionString(ConnectionName))),
            DataDirectory = Path.GetFullPath(Given(section["DataDirectory"]) ?? ".data"),
            AdministratorKey = Given(section["AdministratorKey"]),
            MasterKey = Given(section["MasterKey"]),
            PreviousMasterKey = Given(section["PreviousMasterKey"]),
        };
    }

    private static string? Checked(string? connection)
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder(connection);
            return connection;
        }
        catch (ArgumentException)
        {
            // What is wrong in it is not told: it may be the password.
            throw new StartRefusedException("ConnectionStrings__ServiceOrders is not a connection string such as Host=db;Database=service_orders;Username=service_orders;Password=….");
        }
    }

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
