using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>Which tickets are waiting, and in which order? Pages by key, never by offset.</summary>
/// <param name="database">Where <c>read.queue</c> is.</param>
public sealed class QueueQuery(NpgsqlDataSource database)
{
    /// <summary>The most that a page holds.</summary>
    public const int MaximumLimit = 500;

    /// <summary>A page of tickets.</summary>
    /// <param name="filter">Which tickets.</param>
    /// <param name="sort">By what.</param>
    /// <param name="descending">From the end.</param>
    /// <param name="cursor">Where the page before ended; null: the first page.</param>
    /// <param name="limit">1 to 500.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="InvalidCursorException">The cursor belongs to another list, or to none.</exception>
    public async Task<QueuePage> PageAsync(QueueFilter filter, QueueSort sort, bool descending, string? cursor, int limit, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaximumLimit);
        var list = filter.Fingerprint(sort, descending);
        QueueCursor? after = cursor is null ? null : QueueCursor.Read(cursor, list);
        await using var command = database.CreateCommand();
        // One row more than asked for tells whether there is a next page.
        Compose(command, filter, sort, descending, after, limit + 1);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var tickets = new List<Ticket>(limit);
        var last = default(QueueCursor);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (tickets.Count == limit) return new QueuePage(tickets, last.Write(list));
            tickets.Add(TicketQuery.Read(reader));
            last = new QueueCursor(reader.GetInt16(5), reader.GetDateTime(6), reader.GetGuid(0));
        }
        return new QueuePage(tickets, null);
    }

    /// <summary>The ids of tickets in the order of their openings, for whoever reads their streams.</summary>
    /// <param name="filter">Which tickets.</param>
    /// <param name="after">The last of the page before; null: the first page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<TicketPlace>> PlacesAsync(QueueFilter filter, TicketPlace? after, int limit, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand();
        var conditions = new Conditions(command);
        conditions.AddFilter(filter);
        if (after is { } place) conditions.AddPlace(new QueueCursor(0, place.OpenedAt.UtcDateTime, place.Id), "q.opened_at, q.id", ranked: false, descending: false);
        command.CommandText = $"select q.opened_at, q.id from read.queue q {conditions} order by q.opened_at, q.id limit {conditions.Parameter(limit, NpgsqlDbType.Integer)}";
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var places = new List<TicketPlace>(limit);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) places.Add(new TicketPlace(reader.GetFieldValue<DateTimeOffset>(0), reader.GetGuid(1)));
        return places;
    }

    /// <summary>How many tickets there are.</summary>
    public async Task<long> CountAsync(QueueFilter filter, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand();
        var conditions = new Conditions(command);
        conditions.AddFilter(filter);
        command.CommandText = $"select count(*) from read.queue q {conditions}";
        return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    internal static void Compose(NpgsqlCommand command, QueueFilter filter, QueueSort sort, bool descending, QueueCursor? after, int limit)
    {
        var instant = sort switch { QueueSort.OpenedAt => "opened_at", QueueSort.UpdatedAt => "updated_at", QueueSort.OverdueSince => "overdue_order", _ => "due_order" };
        var keys = sort == QueueSort.Priority ? $"q.priority, q.{instant}, q.id" : $"q.{instant}, q.id";
        var order = descending ? keys.Replace(",", " desc,", StringComparison.Ordinal) + " desc" : keys;
        var conditions = new Conditions(command);
        conditions.AddFilter(filter);
        if (sort == QueueSort.OverdueSince || filter.MilestoneState is [PromiseState.Breached]) conditions.AddOverdue();
        if (after is { } place) conditions.AddPlace(place, keys, sort == QueueSort.Priority, descending);
        // The page is chosen on the narrow table alone; only its rows are looked up in the wide one.
#pragma warning disable CA2100 // our own names; what callers give is in parameters
        command.CommandText = $"""
            with page as materialized (
                select q.id, q.priority, q.{instant} from read.queue q {conditions} order by {order} limit {conditions.Parameter(limit, NpgsqlDbType.Integer)})
            select {TicketQuery.Columns}, q.priority, q.{instant} from page q join read.tickets t on t.id = q.id order by {order}
            """;
#pragma warning restore CA2100
    }

    private sealed class Conditions(NpgsqlCommand command)
    {
        private readonly StringBuilder _where = new();

        public override string ToString() => _where.ToString();

        public string Parameter<T>(T value, NpgsqlDbType type)
        {
            command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value, NpgsqlDbType = type });
            return string.Create(CultureInfo.InvariantCulture, $"${command.Parameters.Count}");
        }

        public void AddFilter(QueueFilter filter)
        {
            OneOf("status", Names<TicketStatus>.Of(filter.Status));
            OneOf("kind", Names<TicketKind>.Of(filter.Kind));
            OneOf("urgency", Names<Urgency>.Of(filter.Urgency));
            OneOf("complexity", Names<Complexity>.Of(filter.Complexity));
            OneOf("tier", Names<CustomerTier>.Of(filter.Tier));
            OneOf("medium", Names<Medium>.Of(filter.Medium));
            OneOf("channel", filter.Channel);
            OneOf("team", filter.Team);
            OneOf("assignee", filter.Assignee);
            OneOf("region", filter.Region);
            OneOf("external_reference", filter.ExternalReference);
            OneOf("serial_number", filter.SerialNumber);
            if (filter.Breached is { } breached) And(breached ? "q.breach_count > 0" : "q.breach_count = 0");
            AddPromises(filter.Milestone, filter.MilestoneState);
            if (filter.DueBefore is { } due) And($"q.due_order < {Instant(due)}");
            if (filter.OpenedFrom is { } from) And($"q.opened_at >= {Instant(from)}");
            if (filter.OpenedTo is { } to) And($"q.opened_at < {Instant(to)}");
        }

        /// <summary>In the words of the partial index.</summary>
        public void AddOverdue() => And("q.overdue_order < 'infinity'");

        public void AddPlace(QueueCursor place, string keys, bool ranked, bool descending)
        {
            var rank = ranked ? Parameter(place.Rank, NpgsqlDbType.Smallint) + ", " : "";
            And($"({keys}) {(descending ? '<' : '>')} ({rank}{Parameter(place.At, NpgsqlDbType.TimestampTz)}, {Parameter(place.Id, NpgsqlDbType.Uuid)})");
        }

        private void AddPromises(IReadOnlyList<string> milestones, IReadOnlyList<PromiseState> states)
        {
            var wanted = Names<PromiseState>.Of(states is [] ? Enum.GetValues<PromiseState>() : states);
            if (milestones.Count > 0) And($"string_to_array(q.promises, ' ') && {Texts(milestones.SelectMany(_ => wanted, (name, state) => $"{name}:{state}"))}");
            else if (states is not [] and not [PromiseState.Breached]) And($"q.promises like any({Texts(wanted.Select(state => $"%:{state}%"))})");
        }

        private string Texts(IEnumerable<string> values) => Parameter(values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

        // One value is written as an equation, so that an index on the column and the order serves both.
        private void OneOf(string column, IReadOnlyList<string> values)
        {
            if (values.Count == 1) And($"q.{column} = {Parameter(values[0], NpgsqlDbType.Text)}");
            else if (values.Count > 1) And($"q.{column} = any({Texts(values)})");
        }

        private string Instant(DateTimeOffset value) => Parameter(value.UtcDateTime, NpgsqlDbType.TimestampTz);

        private void And(string condition) => _where.Append(_where.Length == 0 ? "where " : " and ").Append(condition);
    }
}

/// <summary>A page of the queue.</summary>
/// <param name="Tickets">Its tickets, sealed texts still sealed.</param>
/// <param name="NextCursor">Asks for the next page; null: this was the last.</param>
public sealed record QueuePage(IReadOnlyList<Ticket> Tickets, string? NextCursor);

/// <summary>A ticket's place in the order of openings.</summary>
/// <param name="OpenedAt">When it was opened.</param>
/// <param name="Id">Decides between equals.</param>
public readonly record struct TicketPlace(DateTimeOffset OpenedAt, Guid Id);
