using System.Security.Cryptography;
using Npgsql;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Accesses;

namespace ServiceOrders.Host.Privacy;

/// <summary>What protects personal data (row K5): who was shown whose, erasing, and the master key.</summary>
public static class PrivacySetup
{
    /// <summary>Registers it.</summary>
    public static IServiceCollection AddPrivacy(this IServiceCollection services)
    {
        services.AddSingleton<AccessJournal>().AddSingleton<AccessQuery>();
        services.AddSingleton<SubjectTable>().AddSingleton<SubjectErasure>().AddSingleton<ErasureWorker>().AddSingleton<PrivacyNews>();
        return services.AddSingleton<MasterKeyRegister>().AddSingleton<ServiceSecrets>().AddSingleton<MasterKeyRotation>();
    }

    /// <summary>Maps its operations.</summary>
    public static void MapPrivacy(this IEndpointRouteBuilder routes)
    {
        routes.MapAccesses();
        routes.MapErasures();
        routes.MapMasterKey();
    }

    /// <summary>
    /// Checks the master key, and learns the secret of requests. It is random; only where keys of requests are left from before it was stored, it is what it was then, derived from the master key in force.
    /// </summary>
    public static async Task StartMasterKeyAsync(this IServiceProvider services, CancellationToken cancellation)
    {
        var register = services.GetRequiredService<MasterKeyRegister>();
        await register.StartAsync(cancellation);
        var inForce = services.GetRequiredService<MasterKeys>().Of((await register.ReadAsync(cancellation)).Id);
        await using var command = services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select exists (select from events.unique_keys)");
        var isDerived = (bool)(await command.ExecuteScalarAsync(cancellation))!;
        services.GetRequiredService<RequestKeys>().Adopt(await services.GetRequiredService<ServiceSecrets>()
            .GetOrCreateAsync(RequestKeys.SecretName, () => isDerived ? inForce.Requests : RandomNumberGenerator.GetBytes(RequestKeys.SecretLength), cancellation));
    }

    /// <summary>Starts its workers.</summary>
    public static void StartPrivacy(this IServiceProvider services)
    {
        services.GetRequiredService<AccessJournal>().Start();
        services.GetRequiredService<PrivacyNews>().Start();
        services.GetRequiredService<ErasureWorker>().Start();
        services.GetRequiredService<MasterKeyRotation>().Start();
    }
}
