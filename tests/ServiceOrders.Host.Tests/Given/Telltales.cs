using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace ServiceOrders.Host.Tests.Given;

/// <summary>Writes down all that a process tells of itself: every line of every log at every level, every tag of every activity and of every measurement.</summary>
public sealed class Telltales : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _told = new();
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters = new();

    public Telltales()
    {
        _activities = new ActivityListener
        {
            ShouldListenTo = static _ => true, Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                Tell("activity", activity.OperationName + " " + activity.DisplayName + " " + activity.StatusDescription);
                Tell("activity", activity.TagObjects);
                Tell("activity", activity.Baggage.Select(b => KeyValuePair.Create(b.Key, (object?)b.Value)));
                foreach (var happened in activity.Events) Tell("activity " + happened.Name, happened.Tags);
            },
        };
        ActivitySource.AddActivityListener(_activities);
        _meters.InstrumentPublished = static (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Tell(instrument.Name, tags.ToArray()));
        _meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Tell(instrument.Name, tags.ToArray()));
        _meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Tell(instrument.Name, tags.ToArray()));
        _meters.Start();
    }

    public IReadOnlyCollection<string> Told => _told;

    public ILogger CreateLogger(string categoryName) => new Line(this, categoryName);

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
    }

    private void Tell(string where, IEnumerable<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, value) in tags) Tell(where, $"{name}={(value is System.Collections.IEnumerable many and not string ? string.Join(',', many.Cast<object>()) : value)}");
    }

    private void Tell(string where, string what) => _told.Enqueue($"{where}: {what}");

    private sealed class Line(Telltales all, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            if (state is IEnumerable<KeyValuePair<string, object?>> members) all.Tell(category + " scope", members);
            else all.Tell(category + " scope", state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            all.Tell(category, formatter(state, exception));
            if (state is IEnumerable<KeyValuePair<string, object?>> members) all.Tell(category, members);
            if (exception is not null) all.Tell(category, exception.ToString());
        }
    }
}
