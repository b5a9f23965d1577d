using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Access;

/// <summary>
/// The first administrator, <c>administrator</c>, without whom nobody could register anyone: made at the first start, with the key that the setting
/// <c>ServiceOrders__AdministratorKey</c> presets, else with a fresh one, which is told once. At a later start the setting, where there is one, replaces whatever key is in
/// force: that is the way back in for whoever lost the key.
/// </summary>
/// <param name="streams">The streams.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells that the key was replaced, never the key.</param>
public sealed partial class FirstAdministrator(ConfiguredStreams streams, TimeProvider time, ILogger<FirstAdministrator> log)
{
    /// <summary>The configuration key.</summary>
    public const string Setting = "ServiceOrders:AdministratorKey";

    /// <summary>The first administrator's name.</summary>
    public const string Name = "administrator";

    private static readonly Actor FirstStart = new(ActorKind.System, "first-start");
    private static readonly Actor KeySetting = new(ActorKind.System, "administrator-key-setting");

    // Kept for the life of the process: when the first attempt is not known to have succeeded, the next one must try the same key, or find it in force.
    private readonly string _made = ApiKey.New();

    /// <summary>The key that was made by this process, to be told once; null: nothing was made, or it was preset.</summary>
    public string? FreshKey { get; private set; }

    /// <summary>Makes the administrator where there is none; else puts a preset key in force that is not.</summary>
    /// <param name="preset">The preset key; null or empty: make one, or leave the one there is.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task EnsureAsync(string? preset, CancellationToken cancellation)
    {
        var key = string.IsNullOrWhiteSpace(preset) ? _made : preset.Trim();
        if (key.Length > ApiKey.MostCharacters) throw new StartRefusedException($"ServiceOrders__AdministratorKey is longer than {ApiKey.MostCharacters} characters.");
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
        if (!string.IsNullOrWhiteSpace(preset) && administrator.Keys?.Current != ApiKey.Hash(key)) await ReplaceAsync(ApiKey.Hash(key), cancellation);
    }

    private async Task ReplaceAsync(string hash, CancellationToken cancellation)
    {
        try
        {
            await streams.ChangeAsync(CredentialStreams.Staff, Name, new ChangeRequest(KeySetting), s => s.Keys?.Current == hash
                ? Refusal.Rule("same-key", "The key is in force already.")
                : s.RotateKey(hash, TimeSpan.Zero, time.Now()), cancellation);
            LogReplaced();
        }
        catch (ProblemException refused) when (refused.Problem.Type.Code == "same-key")
        {
            // Another node that starts with the same setting was faster.
        }
        catch (ProblemException refused) when (refused.Problem.Type.Code == "deactivated")
        {
            LogDeactivated();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The first administrator's key was replaced by the one that ServiceOrders__AdministratorKey sets; the old one counts no more")]
    private partial void LogReplaced();

    [LoggerMessage(Level = LogLevel.Warning, Message = "ServiceOrders__AdministratorKey has no effect: the first administrator is deactivated")]
    private partial void LogDeactivated();
}
