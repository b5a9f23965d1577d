using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ServiceOrders.Testing.Service;

/// <summary>
/// The service as a process of its own, as it runs in earnest: for measurements, and for tests that kill it. It runs the host that lies beside the calling
/// program, so the calling project refers to ServiceOrders.Host.
/// </summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private const int LinesKept = 200;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly ServiceSettings _settings;
    private readonly Queue<string> _output = new();
    private Process? _process;

    private ServiceProcess(ServiceSettings settings)
    {
        _settings = settings;
        Endpoint = new IPEndPoint(IPAddress.Loopback, FreePort());
    }

    /// <summary>Where it listens; a restart keeps it.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>The same as an address.</summary>
    public Uri Address => new($"http://{Endpoint}");

    /// <summary>The process's id.</summary>
    public int Id => _process?.Id ?? throw new InvalidOperationException("The service does not run.");

    /// <summary>Processor time that it has used since its start.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process?.Refresh();
            return _process?.TotalProcessorTime ?? TimeSpan.Zero;
        }
    }

    /// <summary>What it wrote last.</summary>
    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    /// <summary>Starts it and returns when it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not become ready; the message has what it wrote.</exception>
    public static async Task<ServiceProcess> StartAsync(ServiceSettings settings)
    {
        var service = new ServiceProcess(settings);
        try
        {
            await service.StartAsync();
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again after its end.</summary>
    /// <param name="awaitReady">Whether to wait until it is ready; else it is only launched.</param>
    public async Task StartAsync(bool awaitReady = true)
    {
        Launch();
        if (awaitReady) await ReadyAsync();
    }

    /// <summary>Waits until it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not become ready in time.</exception>
    public async Task ReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        var started = Stopwatch.GetTimestamp();
        using var looking = new PeriodicTimer(Look);
        while (!await IsReadyAsync(client))
        {
            if (_process is not { HasExited: false })
            {
                if (_process is not null) await _process.WaitForExitAsync(); // its last words are read by then
                throw new InvalidOperationException($"The service ended with {_process?.ExitCode}: {Output}");
            }
            if (Stopwatch.GetElapsedTime(started) > _settings.StartTimeout) throw new InvalidOperationException($"The service is not ready after {_settings.StartTimeout}: {Output}");
            await looking.WaitForNextTickAsync();
        }
    }

    /// <summary>Kills it with SIGKILL, as a crash would, and returns when it is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill();
        await EndedAsync();
    }

    /// <summary>Asks it to stop (SIGTERM) and returns when it has; kills it when it takes too long.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        using (var ask = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await ask.WaitForExitAsync();
        using var patience = new CancellationTokenSource(_settings.StopTimeout);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
        await EndedAsync();
    }

    /// <summary>Kills it.</summary>
    public async ValueTask DisposeAsync() => await KillAsync();

    private void Launch()
    {
        var start = new ProcessStartInfo(Dotnet, ["exec", Path.Combine(AppContext.BaseDirectory, "ServiceOrders.Host.dll")])
        {
            WorkingDirectory = AppContext.BaseDirectory, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__ServiceOrders"] = _settings.ConnectionString;
        start.Environment["ASPNETCORE_URLS"] = Address.ToString();
        start.Environment["ServiceOrders__DataDirectory"] = _settings.DataDirectory;
        start.Environment["ServiceOrders__AdministratorKey"] = _settings.AdministratorKey;
        start.Environment["ServiceOrders__MasterKey"] = _settings.MasterKey;
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var (name, value) in _settings.Environment) start.Environment[name] = value;
        _process = Process.Start(start) ?? throw new InvalidOperationException("The service cannot be started.");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private async Task EndedAsync()
    {
        await _process!.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_output)
        {
            _output.Enqueue(line);
            if (_output.Count > LinesKept) _output.Dequeue();
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or SocketException)
        {
            return false;
        }
    }

    /// <summary>The <c>dotnet</c> that runs this program.</summary>
    private static string Dotnet
    {
        get
        {
            var beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
            return File.Exists(beside) ? beside : "dotnet";
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>How a service process is to run.</summary>
/// <param name="ConnectionString">Its database.</param>
/// <param name="DataDirectory">Its folder.</param>
public sealed record ServiceSettings(string ConnectionString, string DataDirectory)
{
    /// <summary>The first administrator's key.</summary>
    public string AdministratorKey { get; init; } = $"adm-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";
    /// <summary>The master key, base64; two nodes on one database share it.</summary>
    public string MasterKey { get; init; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    /// <summary>Further settings.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
    /// <summary>How long it may take to become ready.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);
    /// <summary>How long it may take to stop when asked.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
