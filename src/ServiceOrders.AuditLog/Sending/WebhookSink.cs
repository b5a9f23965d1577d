using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ServiceOrders.AuditLog.Signing;

namespace ServiceOrders.AuditLog.Sending;

/// <summary>
/// Posts each checkpoint's note to an address, as <c>text/plain</c>. Whatever is answered with 2xx was received; a receiver may get one twice, with the same bytes, and tells that by
/// its <c>Idempotency-Key</c>. Answers are not read, redirects not followed.
/// </summary>
public sealed class WebhookSink : ICheckpointSink, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly MediaTypeHeaderValue Text = new("text/plain", "utf-8");

    private readonly HttpClient _client;
    private readonly Uri _address;

    /// <summary>Sends to that address.</summary>
    /// <param name="address">An absolute http or https address; may hold a secret, so it is never told.</param>
    /// <param name="handler">Null: the system's own.</param>
    public WebhookSink(Uri address, HttpMessageHandler? handler = null)
    {
        _address = address;
        _client = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = Patience, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Patience };
        Name = "webhook:" + address.Authority;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool CanBeAsked => false;

    /// <inheritdoc/>
    public ValueTask<string?> LastNoteAsync(CancellationToken cancellation) => new((string?)null);

    /// <inheritdoc/>
    public async Task SendAsync(StoredCheckpoint checkpoint, CancellationToken cancellation)
    {
        var note = Encoding.UTF8.GetBytes(checkpoint.Note);
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(note) };
        request.Content.Headers.ContentType = Text;
        // Of the note itself: another log's, or another history's, of the same size is no repeat.
        request.Headers.Add("Idempotency-Key", string.Create(CultureInfo.InvariantCulture, $"checkpoint-{checkpoint.Size}-{Convert.ToHexStringLower(SHA256.HashData(note).AsSpan(0, 16))}"));
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new HttpRequestException("The receiver did not answer in time.", late);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
