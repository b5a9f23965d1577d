using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Access;

/// <summary>
/// API keys: <c>sok_</c> (so that a leaked one is recognised for what it is) and 256 random bits. Stored is only the SHA-256: of a random key a plain hash tells nothing,
/// and the slow, salted hashes that passwords need would cost milliseconds on every request without any gain.
/// </summary>
public static class ApiKey
{
    /// <summary>What keys start with.</summary>
    public const string Prefix = "sok_";

    /// <summary>Characters of a key at most; a preset administrator's key may be longer than ours.</summary>
    public const int MostCharacters = 256;

    private const int Bytes = 32;

    /// <summary>A fresh key.</summary>
    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>
    /// The key that a request makes: fresh; for a request with an idempotency key, derived from it under the master key, so that a repeat can be answered as the first
    /// was although the key is stored nowhere. The version keeps it apart from the keys of later rotations.
    /// </summary>
    /// <param name="keys">Derives.</param>
    /// <param name="request">The request's idempotency key.</param>
    /// <param name="stream">The channel's or member's stream.</param>
    /// <param name="version">The stream's version once the key is in force.</param>
    public static string For(RequestKeys keys, RequestKey? request, Guid stream, long version) =>
        request is null ? New() : Prefix + Base64Url.EncodeToString(keys.Derive("api-key", $"{request.Scope}\0{request.Text}\0{stream}\0{version}"));

    /// <summary>A key's hash.</summary>
    public static byte[] HashBytes(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>A key's hash as events hold it, hexadecimal.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(HashBytes(key));

    /// <summary>The key that a request shows: <c>Authorization: Bearer …</c> or <c>X-Api-Key: …</c>; null: none, or nothing that can be one.</summary>
    public static string? Of(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var authorization = request.Headers.Authorization;
        var apiKey = request.Headers["X-Api-Key"];
        // Two credentials in one request leave open which one is meant.
        if (authorization.Count + apiKey.Count != 1) return null;
        string? key = apiKey.Count == 1 ? apiKey[0]
            : authorization[0] is { } value && value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? value[scheme.Length..].Trim() : null;
        return key is { Length: > 0 and <= MostCharacters } ? key : null;
    }
}
