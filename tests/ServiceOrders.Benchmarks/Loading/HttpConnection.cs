using System.Net;
using System.Net.Sockets;

namespace ServiceOrders.Benchmarks.Loading;

/// <summary>
/// One kept-alive HTTP/1.1 connection that sends requests given as bytes and reads just enough of the answer. The load generator shares its processors with what it
/// measures; a general client would take a good part of them.
/// </summary>
internal sealed class HttpConnection(IPEndPoint server) : IDisposable
{
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();
    private Socket? _socket;
    private byte[] _buffer = new byte[64 * 1024];
    private int _have;

    /// <summary>The body of the last answer, until the next request.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>Sends a whole request and reads the whole answer.</summary>
    /// <returns>Its status.</returns>
    /// <exception cref="SocketException">The connection broke; the next request makes a new one.</exception>
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> request)
    {
        try
        {
            _socket ??= await ConnectAsync();
            _have = 0;
            while (request.Length > 0) request = request[await _socket.SendAsync(request)..];
            int head;
            while ((head = _buffer.AsSpan(0, _have).IndexOf(HeadEnd)) < 0) await ReceiveAsync();
            head += HeadEnd.Length;
            var status = int.Parse(_buffer.AsSpan(9, 3), null);
            if (ContentLength(_buffer.AsSpan(0, head)) is { } length)
            {
                while (_have < head + length) await ReceiveAsync();
                Body = _buffer.AsMemory(head, length);
            }
            else if (status != 204)
            {
                await ReadChunksAsync(head);
            }
            return status;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return socket;
    }

    private async ValueTask ReceiveAsync()
    {
        if (_have == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var received = await _socket!.ReceiveAsync(_buffer.AsMemory(_have));
        if (received == 0) throw new SocketException((int)SocketError.ConnectionReset);
        _have += received;
    }

    private static int? ContentLength(ReadOnlySpan<byte> head)
    {
        const string Name = "\r\nContent-Length: ";
        Span<byte> wanted = stackalloc byte[Name.Length];
        for (var i = 0; i < Name.Length; i++) wanted[i] = (byte)Name[i];
        var at = head.IndexOf(wanted);
        if (at < 0) return null;
        var digits = head[(at + Name.Length)..];
        return int.Parse(digits[..digits.IndexOf((byte)'\r')], null);
    }

    /// <summary>Moves the chunks together, in place.</summary>
    private async ValueTask ReadChunksAsync(int start)
    {
        var (read, write) = (start, start);
        while (true)
        {
            int lineEnd;
            while ((lineEnd = _buffer.AsSpan(read, _have - read).IndexOf("\r\n"u8)) < 0) await ReceiveAsync();
            var size = int.Parse(_buffer.AsSpan(read, lineEnd), System.Globalization.NumberStyles.HexNumber, null);
            read += lineEnd + 2;
            while (_have < read + size + 2) await ReceiveAsync();
            if (size == 0) break;
            _buffer.AsSpan(read, size).CopyTo(_buffer.AsSpan(write));
            write += size;
            read += size + 2;
        }
        Body = _buffer.AsMemory(start, write - start);
    }
}
