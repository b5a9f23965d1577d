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

    /// <summary>Makes the administrator where there is none.</summary>
    /// <param name="preset">The preset key; null or empty: make one.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The key that was made, to be told once; null: nothing was made, or it was preset.</returns>
    public async Task<string?> EnsureAsync(string? preset, CancellationToken cancellation)
    {
        var id = CredentialStreams.Staff.IdOf(Name);
        if ((await streams.LoadAsync(CredentialStreams.Staff, id, cancellation: cancellation)).Version > 0) return null;
        var isPreset = !string.IsNullOrWhiteSpace(preset);
        var key = isPreset ? preset!.Trim() : ApiKey.New();
        if (key.Length > ApiKey.MostCharacters) throw new InvalidOperationException($"ServiceOrders__AdministratorKey is longer than {ApiKey.MostCharacters} characters.");
        try
        {
            await streams.CreateAsync(CredentialStreams.Staff, Name, new ChangeRequest(FirstStart), s => s.Register(Name, Domain.Staff.StaffRole.Administrator, ApiKey.Hash(key)), cancellation);
        }
        catch (ProblemException taken) when (taken.Problem.Type.Code == ProblemTypes.NameTaken.Code)
        {
            return null; // another node was faster, and told its key
        }
        return isPreset ? null : key;
    }
}
