using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Access;

/// <summary>
/// The first administrator, <c>administrator</c>, without whom nobody could register anyone: made at the first start, with the key that the setting
/// <c>ServiceOrders__AdministratorKey</c> presets, else with a fresh one, which is told once. Later starts change nothing, whatever the setting says: a key that was
/// rotated must not come back.
/// </summary>
/// <param name="streams">The streams.</param>
public sealed class FirstAdministrator(ConfiguredStreams streams)
{
    /// <summary>The configuration key.</summary>
    public const string Setting = "ServiceOrders:AdministratorKey";

    /// <summary>The first administrator's name.</summary>
    public const string Name = "administrator";

    private static readonly Actor FirstStart = new(ActorKind.System, "first-start");

    // Kept for the life of the process: when the first attempt is not known to have succeeded, the next one must try the same key, or find it in force.
    private readonly string _made = ApiKey.New();

    /// <summary>The key that was made by this process, to be told once; null: nothing was made, or it was preset.</summary>
    public string? FreshKey { get; private set; }

    /// <summary>Makes the administrator where there is none.</summary>
    /// <param name="preset">The preset key; null or empty: make one.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task EnsureAsync(string? preset, CancellationToken cancellation)
    {
        var key = string.IsNullOrWhiteSpace(preset) ? _made : preset.Trim();
        if (key.Length > ApiKey.MostCharacters) throw new InvalidOperationException($"ServiceOrders__AdministratorKey is longer than {ApiKey.MostCharacters} characters.");
        StaffMember administrator;
        try
        {
            administrator = await streams.CreateAsync(CredentialStreams.Staff, Name, new ChangeRequest(FirstStart), s => s.Register(Name, StaffRole.Administrator, ApiKey.Hash(key)), cancellation);
        }
        catch (ProblemException taken) when (taken.Problem.Type.Code == ProblemTypes.NameTaken.Code)
        {
            administrator = await streams.LoadAsync(CredentialStreams.Staff, CredentialStreams.Staff.IdOf(Name), cancellation: cancellation);
        }
        FreshKey = administrator.Keys?.Current == ApiKey.Hash(_made) ? _made : null;
    }
}
