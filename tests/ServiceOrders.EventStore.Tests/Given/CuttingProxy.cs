using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ServiceOrders.EventStore.Tests.Given;

/// <summary>
/// A TCP proxy before PostgreSQL that cuts connections on demand: with <see cref="CutAnswers"/> set, what the client sends still arrives and is executed, but the connection is
/// closed instead of bringing the answer.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Task<Stream>> _connect;
    private int _cuts;

    public CuttingProxy(string connectionString, int port = 0)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        _connect = async () =>
        {
            var unix = settings.Host!.StartsWith('/');
            var socket = unix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(unix ? new UnixDomainSocketEndPoint($"{settings.Host}/.s.PGSQL.{settings.Port}") : new DnsEndPoint(settings.Host, settings.Port));
            return new NetworkStream(socket, true);
        };
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port, SslMode = SslMode.Disable }.ConnectionString;
        _ = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>How many of the next answers to large requests are cut.</summary>
    public int CutAnswers { get => Volatile.Read(ref _cuts); set => Volatile.Write(ref _cuts, value); }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException or SocketException) { }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        await using (var server = await _connect())
        {
            var there = client.GetStream();
            var asked = new StrongBox();
            await Task.WhenAny(PumpAsync(there, server, bytes => { asked.Append |= bytes > 600; return true; }),
                PumpAsync(server, there, _ => !(asked.Append && Interlocked.Decrement(ref _cuts) >= 0)));
        }
    }

    private async Task PumpAsync(Stream from, Stream to, Func<int, bool> passes)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
            {
                if (!passes(read)) return;
                await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException or ObjectDisposedException) { }
    }

    private sealed class StrongBox { public bool Append; }
}
