using Npgsql;
using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// Hears, on a session of its own, what other nodes did: a subject was erased, whose key is dropped from memory at once; the master key changed. What was missed while the session was broken is made up
/// for by dropping every key when it is back; and no key is kept for longer than <see cref="SubjectKeys.CacheLifetime"/> anyway.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="keys">The keys in memory.</param>
/// <param name="register">Which master key is in force.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of a broken session.</param>
public sealed partial class PrivacyNews(StoreDatabase database, SubjectKeys keys, MasterKeyRegister register, TimeProvider time, ILogger<PrivacyNews> log) : IAsyncDisposable
{
    private const string SubjectPrefix = "subject ";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250), LongestPause = TimeSpan.FromSeconds(10), Sign = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loop = Task.CompletedTask;

    /// <summary>Ends when the node listens for the first time.</summary>
    internal Task Listening => _listening.Task;

    /// <summary>Called after something was heard; a test waits for it.</summary>
    internal Action<string> Heard { get; set; } = static _ => { };

    /// <summary>Starts.</summary>
    public void Start() => _loop = Task.Run(() => RunAsync(_stop.Token));

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        for (var pause = FirstPause; !cancellation.IsCancellationRequested; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await ListenAsync(() => pause = FirstPause, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // it listens again; until then keys are kept for their time at most
            catch (Exception trouble)
#pragma warning restore CA1031
            {
                LogBroken(trouble.GetType().Name);
            }
            await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(Action listening, CancellationToken cancellation)
    {
        await using var connection = await database.Dedicated.OpenConnectionAsync(cancellation);
        List<string> heard = [];
        connection.Notification += (_, news) => heard.Add(news.Payload);
        await RunAsync(connection, $"listen {MasterKeyRegister.News}", cancellation);
        keys.ForgetAll();
        await register.RefreshAsync(cancellation);
        listening();
        _listening.TrySetResult();
        while (true)
        {
            // A session that is cut off without a word is noticed by asking.
            if (!await connection.WaitAsync((int)Sign.TotalMilliseconds, cancellation)) await RunAsync(connection, "select 1", cancellation);
            foreach (var news in heard) await TakeAsync(news, cancellation);
            heard.Clear();
        }
    }

    private async Task TakeAsync(string news, CancellationToken cancellation)
    {
        if (news == MasterKeyRegister.Changed) await register.RefreshAsync(cancellation);
        else if (news.StartsWith(SubjectPrefix, StringComparison.Ordinal) && Guid.TryParse(news.AsSpan(SubjectPrefix.Length), out var subject)) keys.Forget(subject);
        Heard(news);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
#pragma warning disable CA2100 // constant texts above
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellation);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Erasures on other nodes cannot be heard ({Error}); keys are kept for a minute at most until they can")]
    private partial void LogBroken(string error);
}
