using System.Globalization;

namespace ServiceOrders.Audit.Evidence;

/// <summary>The words of the format, version 1. Members stand in the order given here; a reader accepts no other, and none twice.</summary>
internal static class BundleFormat
{
    public const string Format = "service-orders-evidence";
    public const int Version = 1;

    /// <summary>What stands before the signature, to the last byte that is signed.</summary>
    public const string BeforeSignature = "\"signature\":\"";

    /// <summary>What stands behind it, to the end of the file.</summary>
    public const string AfterSignature = "\"}\n";

    /// <summary>A signature of 64 bytes in Base64.</summary>
    public const int SignatureLength = 88;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static bool TryTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}
