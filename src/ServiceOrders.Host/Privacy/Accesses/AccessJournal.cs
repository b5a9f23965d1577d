using ServiceOrders.Domain;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// The access log's way in (row K5): what answers show of people's data waits here for at most about a second and then becomes events of this node's own streams, a stream a day and thousand
/// events. An answer waits for nothing but its place here; when there is none, because the database takes nothing, it is not given. Stopping writes what waits; a crash loses the last second.
/// </summary>
/// <param name="store">Where the events go.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of trouble.</param>
public sealed partial class AccessJournal(IEventStore store, TimeProvider time, ILogger<AccessJournal> log) : IAsyncDisposable
{
    /// <summary>The stream type.</summary>
    public const string StreamType = "access_log";
    /// <summary>Tickets shown that may wait at most; what waits beyond that would be lost by a crash, and hold memory.</summary>
    public const int Capacity = 100_000;
    /// <summary>For so long accesses gather before they are written.</summary>
    public static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(500);

    /// <summary>Tickets that an event tells of, about; events that a stream has, so that whoever reads one reads no more than that.</summary>
    private const int ShownPerEvent = 500, EventsPerAppend = 20, EventsPerStream = 1_000, MostRefusals = 3, AccessesPerAppend = ShownPerEvent * EventsPerAppend;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly Actor Journal = new(ActorKind.System, "access-log");

    private readonly string _node = Guid.CreateVersion7(time.GetUtcNow()).ToString("n");
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _waiting = new(0, 1), _writing = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private readonly List<Access> _pending = [];
    private readonly RecentlyTold _told = new();
    private int _shown;
    private Stream _stream = new(default, 0, 0);
    private Attempt? _attempt;
    private volatile string? _trouble;

    /// <summary>Why what waits could not be written when it was last tried; null: it could.</summary>
    public string? Trouble => _trouble;

    /// <summary>Starts writing.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Takes down what an answer shows; nothing where it shows nothing, or what the caller was shown within the minute already.</summary>
    /// <param name="caller">Whom it is for.</param>
    /// <param name="route">Through which operation.</param>
    /// <param name="shown">What it shows.</param>
    /// <exception cref="StoreBusyException">As much as may be waits already: the answer must not be given.</exception>
    public void Record(Caller caller, string route, params IEnumerable<Showing> shown)
    {
        ArgumentNullException.ThrowIfNull(caller);
        Showing[] plain = [.. shown.Where(s => s.Kinds != PersonalData.None)];
        if (plain.Length == 0) return;
        var now = time.Now();
        lock (_lock)
        {
            if (_shown + plain.Length > Capacity) throw new StoreBusyException("As many accesses as may be wait to be written down.");
            var news = _told.News(now, caller.Actor, route, plain);
            if (news.Length == 0) return;
            _shown += news.Length;
            _pending.Add(new Access(now, caller.Actor, route, news));
            if (_pending.Count == 1 && _waiting.CurrentCount == 0) _waiting.Release();
        }
    }

    /// <summary>Writes all that waits.</summary>
    /// <exception cref="StoreBusyException">The store takes nothing now; what was not written waits on.</exception>
    /// <exception cref="StoreUnavailableException">The same.</exception>
    public async Task FlushAsync(CancellationToken cancellation = default)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            // Whether an append that failed was stored may not be known: it is sent again as it was, and the stream tells.
            for (var refused = 0; (_attempt ??= Next()) is { } attempt;)
            {
                var stored = await AppendAsync(attempt.Append);
                _attempt = null;
                if (stored is { } version)
                {
                    _stream = _stream with { Version = version };
                    Forget(attempt.Accesses);
                    continue;
                }
                // What the stream does not take goes to a new one, now or when it is tried again: no outcome lasts.
                _stream = new(_stream.Day, _stream.Part + 1, 0);
                if (++refused == MostRefusals) throw new InvalidOperationException("The access log's streams refuse what is to be written.");
            }
            _trouble = null;
        }
        catch (Exception trouble) when (trouble is not OperationCanceledException)
        {
            _trouble = trouble.GetType().Name;
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Writes what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _loop;
        try
        {
            await FlushAsync();
        }
#pragma warning disable CA1031 // the process ends; all that can be done is to say so
        catch (Exception lost)
#pragma warning restore CA1031
        {
            var (shown, error) = (_shown, lost.GetType().Name);
            LogLost(shown, error);
        }
        _stop.Dispose();
        _waiting.Dispose();
        _writing.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = Gather;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _waiting.WaitAsync(_stop.Token);
                await Task.Delay(pause, time, _stop.Token);
                await FlushAsync(_stop.Token);
                pause = Gather;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // the journal outlives every error; what was not written waits on
            catch (Exception trouble)
#pragma warning restore CA1031
            {
                LogFailed(trouble.GetType().Name);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                lock (_lock) if (_pending.Count > 0 && _waiting.CurrentCount == 0) _waiting.Release();
            }
        }
    }

    /// <summary>What is written next; null: nothing waits.</summary>
    private Attempt? Next()
    {
        Access[] waiting;
        lock (_lock) waiting = [.. _pending.Take(AccessesPerAppend)];
        if (waiting.Length == 0) return null;
        var (now, next) = (time.Now(), 0);
        List<NewEvent> events = [];
        while (events.Count < EventsPerAppend && next < waiting.Length)
        {
            var entries = new AccessEntries();
            while (entries.Shown < ShownPerEvent && next < waiting.Length) entries.Add(waiting[next++]);
            events.Add(EventSerializer.ToNew(new PersonalDataRead(entries.Told), now, Journal, new EventOrigin(null)));
        }
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        // A clock that steps back over midnight does not lead back into a stream that was left. Parts are counted on and on, so no stream's name comes twice.
        if (_stream.Day < today) _stream = new(today, _stream.Part + 1, 0);
        else if (_stream.Version + events.Count > EventsPerStream) _stream = new(_stream.Day, _stream.Part + 1, 0);
        var id = StreamIds.IdOf(StreamType, $"{_node}/{_stream.Day:yyyy-MM-dd}/{_stream.Part}");
        return new Attempt(new Append { StreamId = id, StreamType = StreamType, ExpectedVersion = _stream.Version, Now = now, Events = events }, next);
    }

    /// <summary>The stream's version after an append; null: it was not stored, and this stream will not take it. A caller who goes away would leave its outcome unknown, so nobody does.</summary>
    private async Task<long?> AppendAsync(Append append)
    {
        try
        {
            if (await store.AppendAsync(append, CancellationToken.None) is Appended appended) return appended.Version;
        }
        catch (AppendFailedException failure)
        {
            LogRefused(failure.GetType().Name);
        }
        // Stored when it was sent before, perhaps. Its events tell; how long the stream is does not, for something else may have made it so.
        var wanted = append.Events[0].Id;
        var there = await store.ReadStreamAsync(append.StreamId, cancellation: CancellationToken.None);
        return there.Any(e => e.Id == wanted) ? there[^1].Version : null;
    }

    private void Forget(int accesses)
    {
        lock (_lock)
        {
            for (var i = 0; i < accesses; i++) _shown -= _pending[i].Shown.Count;
            _pending.RemoveRange(0, accesses);
        }
    }

    private sealed record Attempt(Append Append, int Accesses);

    private sealed record Stream(DateOnly Day, int Part, long Version);

    [LoggerMessage(Level = LogLevel.Error, Message = "The access log could not be written ({Error}); it is tried again, and answers that show personal data are refused when too many wait")]
    private partial void LogFailed(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A stream of the access log did not take what was to be written ({Error}); it goes to a new one")]
    private partial void LogRefused(string error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The access log lost {Shown} entries at the end of the process ({Error})")]
    private partial void LogLost(int shown, string error);
}
