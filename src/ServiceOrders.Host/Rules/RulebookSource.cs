using ServiceOrders.Domain;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Teams;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Settings;

namespace ServiceOrders.Host.Rules;

/// <summary>
/// What this node knows of policies, calendars, classification rules and teams: an immutable snapshot, read at the start, every second when something has changed, and at once when a
/// ticket names what it lacks. A policy is published at least five seconds before it binds, so every node knows it in time.
/// </summary>
/// <param name="settings">Where they stand.</param>
/// <param name="time">The clock of the poll.</param>
/// <param name="log">Tells of reads that failed.</param>
public sealed partial class RulebookSource(SettingQuery settings, TimeProvider time, ILogger<RulebookSource> log) : IRules, IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _reading = new(1);
    private readonly CancellationTokenSource _stop = new();
    private Task _polling = Task.CompletedTask;
    private bool _stopped;
    private volatile Known? _known;
    private long _readsBegun;

    /// <summary>Set each time the rules were read.</summary>
    public Pulse Read { get; } = new();

    /// <inheritdoc/>
    public RuleSnapshot Current => (_known ?? throw new InvalidOperationException("The rules were not read yet.")).Snapshot;

    /// <inheritdoc/>
    public async Task<RuleSnapshot> RefreshAsync(CancellationToken cancellation)
    {
        // A read that began before this call may miss what the caller knows of; one that began after it serves all who wait.
        var begunBefore = Interlocked.Read(ref _readsBegun);
        await _reading.WaitAsync(cancellation);
        try
        {
            if (_readsBegun > begunBefore && _known is { } fresh) return fresh.Snapshot;
            Interlocked.Increment(ref _readsBegun);
            // The revision first: a change in between makes the next poll read once more, and is never missed.
            var revision = await settings.RevisionAsync(cancellation);
            var known = Compile(await settings.LoadAsync(cancellation), _known?.Calendars, revision);
            _known = known;
            Read.Set();
            return known.Snapshot;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Reads the rules, and from then on looks for changes.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await RefreshAsync(cancellation);
        _polling = Task.Run(() => PollAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>Looks no more. The container asks twice, once for each name that it knows this by.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await _stop.CancelAsync();
        await _polling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _reading.Dispose();
    }

    private async Task PollAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Pace, time);
        var failing = false;
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                if (await settings.RevisionAsync(stopping) != _known!.Revision) await RefreshAsync(stopping);
                failing = false;
            }
            catch (Exception trouble) when (!stopping.IsCancellationRequested)
            {
                // Once per outage; what is known stays in force.
                if (!failing) LogFailed(trouble);
                failing = true;
            }
        }
    }

    /// <summary>Makes a snapshot. Calendars that were compiled before are kept: versions never change, and their sums are made.</summary>
    private static Known Compile(IReadOnlyList<SettingRow> rows, IReadOnlyDictionary<(string, int), BusinessCalendar>? compiled, long revision)
    {
        var calendars = rows.Where(r => r.Kind == SettingKind.Calendar).ToDictionary(r => (r.Name, r.Version),
            r => compiled?.GetValueOrDefault((r.Name, r.Version)) ?? BusinessCalendar.Compile(DefinitionJson.Read<CalendarDefinition>(r.Body), r.Version));
        var policies = rows.Where(r => r is { Kind: SettingKind.Policy, EffectiveFrom: not null })
            .Select(r => new PublishedPolicy(DefinitionJson.Read<Policy>(r.Body) with { Version = r.Version }, r.EffectiveFrom!.Value, r.RetiredFrom));
        var classifier = rows.SingleOrDefault(r => r.Kind == SettingKind.ClassificationRules) is { } rules ? new Classifier(DefinitionJson.Read<ClassificationRules>(rules.Body).Rules) : Classifier.Empty;
        var teams = rows.Where(r => r.Kind == SettingKind.Team).GroupBy(r => r.Name, (_, versions) => DefinitionJson.Read<Team>(versions.MaxBy(r => r.Version)!.Body));
        return new Known(new RuleSnapshot(new Rulebook(policies, calendars.Values, teams), classifier), calendars, revision);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Policies, calendars and classification rules could not be read; those known stay in force")]
    private partial void LogFailed(Exception trouble);

    private sealed record Known(RuleSnapshot Snapshot, IReadOnlyDictionary<(string, int), BusinessCalendar> Calendars, long Revision);
}
