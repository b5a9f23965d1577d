using Npgsql;
using ServiceOrders.AuditLog;
using ServiceOrders.Domain.Retention;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tickets;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.ReadModels.Retention;

namespace ServiceOrders.Host.Retention;

/// <summary>
/// Archives or deletes a page of tickets: what is done, the record of it and the run's progress are one transaction. Tickets that someone holds, or that changed since they were read, are left for
/// the next run.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="work">Transactions with an append.</param>
/// <param name="log">Tells when a run waits.</param>
public sealed partial class TicketRetirement(StoreDatabase database, RecordedWork work, ILogger<TicketRetirement> log)
{
    private static readonly Actor Retention = new(ActorKind.System, "retention");

    private readonly RetentionRunQuery _runs = new(database.Background);

    /// <summary>Whether the login of this process may delete streams at all: it owns the function that does, or was granted it.</summary>
    public async Task<bool> MayDeleteAsync(CancellationToken cancellation)
    {
        await using var connection = await database.Background.OpenConnectionAsync(cancellation);
        return await StreamDeletion.IsAllowedAsync(connection, cancellation);
    }

    /// <summary>Deals with a choice of tickets, or in a dry run counts them, and saves the run.</summary>
    /// <param name="run">The run, as it was read.</param>
    /// <param name="choice">The tickets, and the run's progress up to them.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Honoured before the commit.</param>
    /// <returns>False: it cannot go on now, because a rebuild is running or another node has brought the run further.</returns>
    public async Task<bool> RetireAsync(RetentionRun run, RetentionChoice choice, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(choice);
        var deletes = choice.Progress.Looking == RetentionAction.Delete;
        if (deletes && !choice.Progress.MayDelete) return await _runs.SaveAsync(run, choice.Progress.Leaving(RetentionObstacles.NotAllowed, choice.Tickets.Count), null, cancellation);
        if (choice.Tickets.Count == 0) return await _runs.SaveAsync(run, choice.Progress, null, cancellation);
        if (run.DryRun) return await CountAsync(run, choice, deletes, now, cancellation);

        var (progress, nothing) = (choice.Progress, false);
        var outcome = await work.RunAsync(async (transaction, stop) =>
        {
            if (!await StreamArchive.TryKeepRebuildsAwayAsync(transaction.Connection, stop))
            {
                LogRebuilding();
                return null;
            }
            (var held, progress) = await HoldAsync(transaction.Connection, choice, stop);
            if (deletes) (held, progress) = await WithoutObstaclesAsync(transaction.Connection, held, progress, now, stop);
            if (nothing = held.Count == 0) return null;
            IReadOnlyDictionary<Guid, long[]> positions = new Dictionary<Guid, long[]>();
            if (deletes) (held, progress, positions) = await DeleteAsync(transaction.Connection, held, progress, now, stop);
            if (nothing = held.Count == 0) return null;
            progress = Counted(progress, held);
            var records = deletes ? RecordsOf(held, positions, progress.RulesVersion, now) : await ArchiveAsync(transaction.Connection, held, progress.RulesVersion, now, stop);
            return await RetentionRunQuery.SaveAsync(transaction.Connection, run, progress, null, stop)
                ? await AppendOfAsync(transaction.Connection, run, records, progress.RulesVersion, now, stop)
                : null;
        }, cancellation);
        return outcome is Appended || (nothing && await _runs.SaveAsync(run, progress, null, cancellation));
    }

    private async Task<bool> CountAsync(RetentionRun run, RetentionChoice choice, bool deletes, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var connection = await database.Background.OpenConnectionAsync(cancellation);
        var (tickets, progress) = deletes ? await WithoutObstaclesAsync(connection, choice.Tickets, choice.Progress, now, cancellation)
            : (await WithoutDeletedAsync(connection, choice, now, cancellation), choice.Progress);
        var named = tickets.Select(t => new RetentionCandidate(t.Ticket.Id, t.Ticket.Number, t.Ticket.Kind, t.Ticket.EndedAt!.Value, t.Rule.Name, t.Rule.Action));
        progress = Counted(progress, tickets) with { Named = [.. progress.Named.Concat(named).Take(RetentionProgress.MostNamed)] };
        return await RetentionRunQuery.SaveAsync(connection, run, progress, null, cancellation);
    }

    /// <summary>To be archived are those that a run would not have deleted before.</summary>
    private static async Task<IReadOnlyList<DueTicket>> WithoutDeletedAsync(NpgsqlConnection connection, RetentionChoice choice, DateTimeOffset now, CancellationToken cancellation)
    {
        DueTicket[] passed = choice.Progress.MayDelete ? [.. choice.Tickets.Where(t => t.WasLeft)] : [];
        var deleted = (await WithoutObstaclesAsync(connection, passed, choice.Progress, now, cancellation)).Tickets.Select(t => t.Ticket.Id).ToHashSet();
        return [.. choice.Tickets.Where(t => !deleted.Contains(t.Ticket.Id))];
    }

    /// <summary>The tickets that are as they were read, and locked so that they stay so.</summary>
    private static async Task<(IReadOnlyList<DueTicket> Held, RetentionProgress Progress)> HoldAsync(NpgsqlConnection connection, RetentionChoice choice, CancellationToken cancellation)
    {
        var locked = (await StreamArchive.LockAsync(connection, [.. choice.Tickets.Select(t => t.Ticket.Id)], cancellation)).ToDictionary(s => s.Id);
        List<DueTicket> held = [];
        var progress = choice.Progress;
        foreach (var due in choice.Tickets)
        {
            if (!locked.TryGetValue(due.Ticket.Id, out var state)) progress = progress.Leaving(due, RetentionObstacles.Busy);
            else if (state.Version != due.Ticket.Version || (state.IsArchived && due.Rule.Action == RetentionAction.Archive)) progress = progress.Leaving(due, RetentionObstacles.Changed);
            else held.Add(due);
        }
        return (held, progress);
    }

    private static async Task<(IReadOnlyList<DueTicket> Tickets, RetentionProgress Progress)> WithoutObstaclesAsync(
        NpgsqlConnection connection, IReadOnlyList<DueTicket> tickets, RetentionProgress progress, DateTimeOffset now, CancellationToken cancellation)
    {
        var obstacles = await StreamDeletion.ObstaclesAsync(connection, [.. tickets.Select(t => t.Ticket.Id)], now, cancellation);
        List<DueTicket> free = [];
        foreach (var due in tickets)
        {
            if (obstacles.TryGetValue(due.Ticket.Id, out var obstacle)) progress = progress.Leaving(obstacle);
            else free.Add(due);
        }
        return (free, progress);
    }

    private static RetentionProgress Counted(RetentionProgress progress, IReadOnlyList<DueTicket> tickets) =>
        tickets.GroupBy(t => t.Rule).Aggregate(progress, (counted, group) => counted.Doing(group.Key, group.Count(), group.Sum(t => t.Ticket.Version)));

    private static async Task<IReadOnlyList<IRetentionEvent>> ArchiveAsync(NpgsqlConnection connection, IReadOnlyList<DueTicket> tickets, int version, DateTimeOffset now, CancellationToken cancellation)
    {
        Guid[] ids = [.. tickets.Select(t => t.Ticket.Id)];
        await StreamArchive.ArchiveAsync(connection, ids, cancellation);
        await TicketTraces.RemoveFromListsAsync(connection, ids, cancellation);
        return [.. tickets.GroupBy(t => t.Rule.Name).Select(group => new RecordsArchived(group.Key, version, now, [.. group.Select(t => Archived(t.Ticket))]))];
    }

    /// <summary>Deletes the tickets that the database lets go; any that it keeps, though nothing was seen in its way, is left.</summary>
    private static async Task<(IReadOnlyList<DueTicket> Deleted, RetentionProgress Progress, IReadOnlyDictionary<Guid, long[]> Positions)> DeleteAsync(
        NpgsqlConnection connection, IReadOnlyList<DueTicket> tickets, RetentionProgress progress, DateTimeOffset now, CancellationToken cancellation)
    {
        var positions = await StreamDeletion.DeleteAllowedAsync(connection, [.. tickets.Select(t => t.Ticket.Id)], now, cancellation);
        await TicketTraces.RemoveAllAsync(connection, positions, cancellation);
        DueTicket[] deleted = [.. tickets.Where(t => positions.ContainsKey(t.Ticket.Id))];
        var references = deleted.Where(t => t.Ticket.ExternalReference is not null).Select(t => (TicketAppends.Reference(t.Ticket.Channel, t.Ticket.ExternalReference!), t.Ticket.Id));
        await UniqueKeys.RemoveAsync(connection, [.. references], cancellation);
        return (deleted, progress.Leaving(RetentionObstacles.Refused, tickets.Count - deleted.Length), positions);
    }

    private static IReadOnlyList<IRetentionEvent> RecordsOf(IReadOnlyList<DueTicket> deleted, IReadOnlyDictionary<Guid, long[]> positions, int version, DateTimeOffset now) =>
        [.. deleted.GroupBy(t => t.Rule.Name).Select(group => new RecordsDeleted(group.Key, version, now, [.. group.Select(t => Deleted(t.Ticket, positions[t.Ticket.Id]))]))];

    private static ArchivedTicket Archived(Ticket ticket) => new(ticket.Id, ticket.Number, ticket.Kind, ticket.EndedAt!.Value, (int)ticket.Version);

    private static DeletedTicket Deleted(Ticket ticket, long[] positions) => new(ticket.Id, ticket.Number, ticket.Kind, ticket.EndedAt!.Value, positions.Length, positions);

    private static async Task<Append> AppendOfAsync(NpgsqlConnection connection, RetentionRun run, IReadOnlyList<IRetentionEvent> records, int rulesVersion, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select coalesce((select version from events.mt_streams where id = $1), 0)", connection) { Parameters = { new() { Value = run.Id } } };
        var origin = new EventOrigin(null, $"{RetentionSetup.Rules.Type}:{rulesVersion}");
        return new Append
        {
            StreamId = run.Id, StreamType = RetentionSetup.StreamType, ExpectedVersion = (long)(await command.ExecuteScalarAsync(cancellation))!, Now = now,
            Events = [.. records.Select(record => EventSerializer.ToNew(record, now, Retention, origin))],
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Retention waits for a rebuild to end")]
    private partial void LogRebuilding();
}
