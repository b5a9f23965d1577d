using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;

namespace ServiceOrders.Host.Web;

/// <summary>
/// The header <c>Idempotency-Key</c>: names one request of one caller for seven days. The key is stored in the append that it belongs to, so there is never a change
/// without its key nor a key without its change; a repeat is answered from the stream. Of the request only a keyed hash is kept: bodies hold personal data.
/// </summary>
public sealed class RequestKeys
{
    /// <summary>The name of the stored secret.</summary>
    public const string SecretName = "requests";
    /// <summary>Bytes of a secret.</summary>
    internal const int SecretLength = 32;

    // Keys the hashes, so that nobody can try bodies or keys against stored ones. Until the stored one is known, one that nobody has.
    private volatile byte[] _secret = RandomNumberGenerator.GetBytes(SecretLength);

    /// <summary>How long a key names its request.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private const int MostCharacters = 255;
    private readonly ConcurrentDictionary<string, byte> _inProgress = new(StringComparer.Ordinal);

    /// <summary>Uses the stored secret from now on: it stays the same when the master key is changed, so a repeat is recognised across that.</summary>
    internal void Adopt(byte[] stored) => _secret = stored;

    /// <summary>The header as the caller wrote it; null when there is none.</summary>
    /// <exception cref="ProblemException">It is not 1 to 255 printable ASCII characters, or there are several.</exception>
    public static string? Header(HttpContext http)
    {
        var header = http.Request.Headers["Idempotency-Key"];
        if (header.Count == 0) return null;
        var text = header.ToString();
        if (header.Count == 1 && text.Length is > 0 and <= MostCharacters && text.All(c => c is >= ' ' and <= '~')) return text;
        throw new ProblemException(Problem.With(ProblemTypes.InvalidHeader, "Idempotency-Key", $"must be 1 to {MostCharacters} printable ASCII characters, given once"));
    }

    /// <summary>
    /// The request's key, held by this request until its answer is sent; null when it has none. A repeat that arrives while the first is in progress on this node gets 409; on
    /// another node, the store lets one of the two in, and the other is answered like any repeat.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="caller">Whose.</param>
    /// <param name="body">The body's bytes as they came.</param>
    /// <exception cref="ProblemException">The header is malformed, or the key's first request is in progress.</exception>
    public RequestKey? Take(HttpContext http, Caller caller, byte[] body)
    {
        if (Header(http) is not { } text) return null;
        var scope = $"idempotency:{caller.Scope}";
        var name = scope + "\n" + text;
        if (!_inProgress.TryAdd(name, 0)) throw new ProblemException(new Problem(ProblemTypes.IdempotencyInProgress) { RetryAfter = 1 });
        http.Response.RegisterForDispose(new Release(() => _inProgress.TryRemove(name, out _)));
        return new RequestKey(scope, text, Derive("idempotency-key", text), Fingerprint(http.Request, body));
    }

    /// <summary>32 bytes that follow from a purpose and a text, for nobody without the secret.</summary>
    public byte[] Derive(string purpose, string text) => HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes($"{purpose}\0{text}"));

    private byte[] Fingerprint(HttpRequest request, byte[] body)
    {
        var address = $"{request.Method} {request.Path}";
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        hash.AppendData(Encoding.UTF8.GetBytes($"request\0{address}\0"));
        hash.AppendData(body);
        return [.. Derive("request-address", address).AsSpan(0, RequestKey.AddressLength), .. hash.GetHashAndReset()];
    }

    private sealed class Release(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}

/// <summary>An idempotency key as the store knows it.</summary>
/// <param name="Scope">Whose.</param>
/// <param name="Text">As the caller wrote it; not stored.</param>
/// <param name="Value">Its keyed hash.</param>
/// <param name="Fingerprint">Keyed hash of method and path, then one of method, path and body. Of a ticket that was erased the first is kept.</param>
public sealed record RequestKey(string Scope, string Text, byte[] Value, byte[] Fingerprint)
{
    /// <summary>Bytes of the hash of method and path.</summary>
    public const int AddressLength = 16;
    /// <summary>Bytes of the hash of method, path and body.</summary>
    public const int BodyLength = 32;

    /// <summary>The key for the append.</summary>
    /// <param name="status">The status of the first answer.</param>
    /// <param name="now">The time.</param>
    public UniqueKey ToUniqueKey(int status, DateTimeOffset now) => new(Scope, Value, Fingerprint, (short)status, now + RequestKeys.Lifetime);

    /// <summary>Refuses another request under a key that is taken.</summary>
    /// <param name="holder">Who holds the key.</param>
    /// <exception cref="ProblemException">422: the holder was another request.</exception>
    public void DemandSameRequest(UsedKey holder)
    {
        var own = holder.Fingerprint switch
        {
            // An erasure by an earlier version of the service left none.
            null => null,
            // Of a ticket whose customer was erased nothing is left that hangs on the body; what is answered then shows nothing of the customer.
            { Length: AddressLength } => Fingerprint.AsSpan(0, AddressLength).ToArray(),
            // Kept by an earlier version.
            { Length: BodyLength } => Fingerprint.AsSpan(AddressLength).ToArray(),
            _ => Fingerprint,
        };
        if (own is not null && !CryptographicOperations.FixedTimeEquals(holder.Fingerprint, own)) throw Reused;
    }

    /// <summary>422: the key names another request.</summary>
    internal static ProblemException Reused => new(new Problem(ProblemTypes.IdempotencyKeyReused, "The first request with this key had another address or body."));
}
