using System.Globalization;
using System.Xml;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Auditing;

/// <summary>What the operator sets for the audit log, section <c>Audit</c> of the settings (<c>Audit__CheckpointFile</c> in the environment). An empty setting counts as missing.</summary>
public sealed record AuditSettings
{
    /// <summary>The section's name.</summary>
    public const string Section = "Audit";

    /// <summary>Nothing of what is set: keys, and an address that may hold a secret, are among it.</summary>
    public override string ToString() => Section;

    private const int DefaultVerifyRate = 2000, MostVerifyRate = 1_000_000;
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1), LongestInterval = TimeSpan.FromDays(1);

    /// <summary>The file that every checkpoint is appended to; default <c>audit/checkpoints.log</c> in the data directory. Better on a disk that the database's administrator cannot write to.</summary>
    public required string CheckpointFile { get; init; }

    /// <summary>The address that every checkpoint is posted to; null: none.</summary>
    public Uri? CheckpointWebhook { get; init; }

    /// <summary>How long after a checkpoint the next one is due, where the log has grown; 1 second to 1 day, default 1 minute.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The key that checkpoints are signed with, PEM of a PKCS#8 private key on P-256; null: the one in the data directory.</summary>
    public string? SigningKey { get; init; }

    /// <summary>The key that <see cref="SigningKey"/> replaces, until the first checkpoint was signed by both.</summary>
    public string? PreviousSigningKey { get; init; }

    /// <summary>At most so many events a second are re-read when the service verifies by itself; 0 to 1,000,000, default 2,000. 0: it verifies only where somebody asks.</summary>
    public int VerifyEventsPerSecond { get; init; } = DefaultVerifyRate;

    /// <summary>How long after one verification the service begins the next by itself; 1 second to 1 day, default 1 hour.</summary>
    public TimeSpan VerifyPause { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How the service verifies by itself; null: only where somebody asks.</summary>
    public VerificationPace? VerificationPace => VerifyEventsPerSecond == 0 ? null : new(VerifyEventsPerSecond, VerifyPause);

    /// <summary>Reads the settings.</summary>
    /// <exception cref="StartRefusedException">One cannot be used.</exception>
    public static AuditSettings Of(IConfiguration configuration, ServiceOrdersOptions options)
    {
        var section = configuration.GetSection(Section);
        string? Given(string name) => string.IsNullOrWhiteSpace(section[name]) ? null : section[name];
        return new AuditSettings
        {
            CheckpointFile = Path.GetFullPath(Given("CheckpointFile") ?? Path.Combine(options.DataDirectory, "audit", "checkpoints.log")),
            CheckpointWebhook = Given("CheckpointWebhook") is { } address ? Address(address) : null,
            CheckpointInterval = Given("CheckpointInterval") is { } interval ? Interval("CheckpointInterval", interval) : TimeSpan.FromMinutes(1),
            VerifyEventsPerSecond = Given("VerifyEventsPerSecond") is { } rate ? Rate(rate) : DefaultVerifyRate,
            VerifyPause = Given("VerifyPause") is { } pause ? Interval("VerifyPause", pause) : TimeSpan.FromHours(1),
            SigningKey = Given("SigningKey"),
            PreviousSigningKey = Given("PreviousSigningKey"),
        };
    }

    // What is wrong in an address is not told: it may be a secret.
    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
        : throw new StartRefusedException("Audit__CheckpointWebhook is no absolute http or https address.");

    private static int Rate(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rate) && rate <= MostVerifyRate ? rate
        : throw new StartRefusedException($"Audit__VerifyEventsPerSecond is {text}; it must be a whole number from 0 to 1000000.");

    private static TimeSpan Interval(string name, string text)
    {
        try
        {
            if (XmlConvert.ToTimeSpan(text) is var interval && interval >= ShortestInterval && interval <= LongestInterval) return interval;
        }
        catch (Exception wrong) when (wrong is FormatException or OverflowException)
        {
            // Told below, like an interval that is out of range.
        }
        throw new StartRefusedException($"Audit__{name} is {text}; it must be an ISO 8601 duration from PT1S to P1D, such as PT1M.");
    }
}
