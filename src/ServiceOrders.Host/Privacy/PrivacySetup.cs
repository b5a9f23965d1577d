using System.Security.Cryptography;
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
    /// Checks the master key, and learns the secret of requests: a random one, which the first node of a database makes.
    /// </summary>
    public static async Task StartMasterKeyAsync(this IServiceProvider services, CancellationToken cancellation)
    {
        await services.GetRequiredService<MasterKeyRegister>().StartAsync(cancellation);
        services.GetRequiredService<RequestKeys>().Adopt(await services.GetRequiredService<ServiceSecrets>()
            .GetOrCreateAsync(RequestKeys.SecretName, static () => RandomNumberGenerator.GetBytes(RequestKeys.SecretLength), cancellation));
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
