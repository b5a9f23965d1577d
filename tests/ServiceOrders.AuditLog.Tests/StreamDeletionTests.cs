using Npgsql;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.EventStore;

namespace ServiceOrders.AuditLog.Tests;

/// <summary>The one function that deletes looks for itself whether it may: whole tickets, ended, three years old, free of legal hold, and provably kept for as long.</summary>
public sealed class StreamDeletionTests(Ledger ledger) : IClassFixture<Ledger>
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow.AddMinutes(-1), Old = Now.AddYears(-3).AddDays(-2), Young = Now.AddYears(-3).AddDays(2);

    [Fact]
    public async Task A_ticket_that_is_closed_old_and_covered_goes_as_a_whole_and_tells_its_positions()
    {
        var ticket = await TicketAsync(Old, "ticket_opened", "note_added", "ticket_closed");
        await CheckpointAsync(Old.AddHours(1));
        (await ObstacleAsync(ticket)).ShouldBeNull();
        var known = await ledger.ScalarAsync<long[]>("select array_agg(seq_id order by version) from events.mt_events where stream_id = $1", ticket);

        (await DeleteAsync(ticket)).ShouldBe(known);

        (await ledger.Store.ReadStreamAsync(ticket)).ShouldBeEmpty();
        (await ledger.ScalarAsync<bool>("select exists (select from events.mt_streams where id = $1)", ticket)).ShouldBeFalse();
        (await ObstacleAsync(ticket)).ShouldBe("notATicket");
    }

    [Theory]
    [InlineData("notEnded", "ticket_opened", "note_added")]
    [InlineData("notEnded", "ticket_opened", "ticket_closed", "ticket_reopened")]
    [InlineData("notEnded", "ticket_opened", "ticket_resolved", "resolution_rejected")]
    [InlineData("legalHold", "ticket_opened", "legal_hold_placed", "ticket_closed")]
    [InlineData("legalHold", "ticket_opened", "ticket_closed", "legal_hold_placed", "legal_hold_lifted", "legal_hold_placed")]
    [InlineData(null, "ticket_opened", "ticket_closed", "legal_hold_placed", "legal_hold_lifted")]
    [InlineData(null, "ticket_opened", "ticket_cancelled")]
    [InlineData(null, "ticket_opened", "ticket_closed", "ticket_reopened", "ticket_closed")]
    public async Task Only_what_has_ended_and_is_free_of_legal_hold_is_deleted(string? obstacle, params string[] events)
    {
        var ticket = await TicketAsync(Old, events);
        await CheckpointAsync(Old.AddHours(1));
        (await ObstacleAsync(ticket)).ShouldBe(obstacle);
        if (obstacle is null) (await DeleteAsync(ticket)).Length.ShouldBe(events.Length);
        else await ShouldBeRefused(ticket, obstacle);
    }

    [Fact]
    public async Task What_is_not_three_years_old_stays_whenever_the_caller_says_it_is()
    {
        var ticket = await TicketAsync(Young, "ticket_opened", "ticket_closed");
        await CheckpointAsync(Old.AddHours(1));
        await ShouldBeRefused(ticket, "tooYoung");
        await ShouldBeRefused(ticket, "tooYoung", DateTimeOffset.UtcNow.AddYears(10));
        // Nor may one delete as of a time at which it was not.
        var old = await TicketAsync(Old, "ticket_opened", "ticket_closed");
        await CheckpointAsync(Old.AddHours(1));
        await ShouldBeRefused(old, "tooYoung", Old.AddYears(2));
    }

    [Fact]
    public async Task What_was_added_later_to_an_old_ticket_keeps_it()
    {
        var ticket = await TicketAsync(Old, "ticket_opened", "ticket_closed");
        await ledger.Store.AppendAsync(new Append { StreamId = ticket, StreamType = "ticket", ExpectedVersion = 2, Now = Young, Events = [Ledger.Event(3) with { Type = "note_added" }] });
        await CheckpointAsync(Old.AddHours(1));
        await ShouldBeRefused(ticket, "tooYoung");
    }

    [Fact]
    public async Task Without_a_checkpoint_that_old_which_covers_all_of_it_nothing_is_deleted()
    {
        await CheckpointAsync(Old.AddMinutes(-1));
        var ticket = await TicketAsync(Old, "ticket_opened", "ticket_closed");
        await ShouldBeRefused(ticket, "notCovered");
        // It covers the ticket, but was signed later: nobody knows that the ticket was there before.
        await CheckpointAsync(Young);
        await ShouldBeRefused(ticket, "notCovered");
    }

    [Theory]
    [InlineData("thing")]
    [InlineData("access_log")]
    [InlineData("retention")]
    [InlineData("policy")]
    public async Task Nothing_but_tickets_is_ever_deleted(string type)
    {
        var stream = await StreamAsync(type, Old, "ticket_opened", "ticket_closed");
        await CheckpointAsync(Old.AddHours(1));
        await ShouldBeRefused(stream, "notATicket");
        await ShouldBeRefused(Guid.CreateVersion7(), "notATicket");
    }

    [Fact]
    public async Task Even_the_function_s_owner_cannot_commit_a_deletion_without_its_record()
    {
        var ticket = await TicketAsync(Old, "ticket_opened", "ticket_closed");
        await CheckpointAsync(Old.AddHours(1));
        (await Should.ThrowAsync<PostgresException>(() => ledger.ExecuteAsync("select audit.delete_stream($1, $2)", ticket, Now))).SqlState.ShouldBe("SO002");
        (await ledger.Store.ReadStreamAsync(ticket)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("tooYoung", false, "ticket_opened", "ticket_closed")]
    [InlineData("legalHold", true, "ticket_opened", "ticket_closed", "legal_hold_placed")]
    [InlineData("notEnded", true, "ticket_opened", "note_added")]
    public async Task The_owner_who_says_by_hand_that_a_stream_is_being_deleted_and_records_it_truly_is_refused_all_the_same(string obstacle, bool isOld, params string[] events)
    {
        var ticket = await TicketAsync(isOld ? Old : Young, events);
        await CheckpointAsync(Old.AddHours(1));
        var positions = await ledger.ScalarAsync<long[]>("select array_agg(seq_id order by version) from events.mt_events where stream_id = $1", ticket);
        var refused = await Should.ThrowAsync<PostgresException>(() => new RecordedWork(ledger.Database, new StoreSignals()).RunAsync(async (transaction, stop) =>
        {
            await using var command = new NpgsqlCommand("with said as materialized (select set_config('events.deleting', $1::text, true)) delete from events.mt_streams s using said where s.id = $1", transaction.Connection);
            command.Parameters.Add(new() { Value = ticket });
            await command.ExecuteNonQueryAsync(stop);
            return RecordOf(ticket, positions);
        }));
        refused.SqlState.ShouldBe("SO003");
        refused.MessageText.ShouldContain(obstacle);
        (await ledger.Store.ReadStreamAsync(ticket)).Count.ShouldBe(events.Length);
    }

    [Fact]
    public async Task No_trigger_of_the_log_finds_anything_by_its_callers_search_path() =>
        (await ledger.ScalarAsync<long>("""
            select count(*) from pg_proc p where p.pronamespace in ('audit'::regnamespace, 'events'::regnamespace) and p.prorettype = 'trigger'::regtype
                and not coalesce(p.proconfig, '{}') @> array['search_path=pg_catalog, pg_temp']
            """)).ShouldBe(0);

    [Fact]
    public async Task The_service_s_own_role_may_ask_and_may_not_delete()
    {
        var ticket = await TicketAsync(Old, "ticket_opened", "ticket_closed");
        await CheckpointAsync(Old.AddHours(1));
        await using var service = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ledger.ConnectionString) { Options = "-c role=service_orders_app" });
        await using var connection = await service.OpenConnectionAsync();
        (await StreamDeletion.IsAllowedAsync(connection, default)).ShouldBeFalse();
        (await StreamDeletion.ObstaclesAsync(connection, [ticket], Now, default)).ShouldBeEmpty();
        (await Should.ThrowAsync<PostgresException>(() => StreamDeletion.DeleteAsync(connection, [ticket], Now, default))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        await using var owner = await ledger.Sql.OpenConnectionAsync();
        (await StreamDeletion.IsAllowedAsync(owner, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task While_a_subscription_has_not_read_all_of_a_ticket_it_is_in_the_way()
    {
        var ticket = await TicketAsync(Old, "ticket_opened", "ticket_closed");
        await CheckpointAsync(Old.AddHours(1));
        var last = await ledger.ScalarAsync<long>("select max(seq_id) from events.mt_events where stream_id = $1", ticket);
        await ledger.ExecuteAsync("insert into events.mt_event_progression (name, last_seq_id) values ('slow', $1)", last - 1);
        (await ObstacleAsync(ticket)).ShouldBe("projectionBehind");
        await ledger.ExecuteAsync("update events.mt_event_progression set last_seq_id = $1 where name = 'slow'", last);
        (await ObstacleAsync(ticket)).ShouldBeNull();
        await ledger.ExecuteAsync("delete from events.mt_event_progression where name = 'slow'");
    }

    private async Task ShouldBeRefused(Guid stream, string obstacle, DateTimeOffset? at = null)
    {
        var events = (await ledger.Store.ReadStreamAsync(stream)).Count;
        var refused = await Should.ThrowAsync<PostgresException>(() => DeleteAsync(stream, at));
        refused.SqlState.ShouldBe("SO003");
        refused.MessageText.ShouldContain(obstacle);
        (await ledger.Store.ReadStreamAsync(stream)).Count.ShouldBe(events);
    }

    private async Task<string?> ObstacleAsync(Guid stream)
    {
        await using var connection = await ledger.Sql.OpenConnectionAsync();
        return (await StreamDeletion.ObstaclesAsync(connection, [stream], Now, default)).GetValueOrDefault(stream);
    }

    /// <summary>Deletes with a record, as the service does.</summary>
    private async Task<long[]> DeleteAsync(Guid stream, DateTimeOffset? at = null)
    {
        long[] positions = [];
        (await new RecordedWork(ledger.Database, new StoreSignals()).RunAsync(async (transaction, stop) =>
        {
            positions = (await StreamDeletion.DeleteAsync(transaction.Connection, [stream], at ?? Now, stop))[stream];
            return RecordOf(stream, positions);
        })).ShouldBeOfType<Appended>();
        return positions;
    }

    private static Append RecordOf(Guid stream, long[] positions) => new()
    {
        StreamId = Guid.CreateVersion7(), StreamType = "retention", ExpectedVersion = 0, Now = Now,
        Events = [Ledger.Event(1) with
        {
            Type = "records_deleted", Data = $$"""{ "streams": [ { "streamId": "{{stream}}", "events": {{positions.Length}}, "positions": [{{string.Join(", ", positions)}}] } ] }""",
        }],
    };

    private Task<Guid> TicketAsync(DateTimeOffset recordedAt, params string[] events) => StreamAsync("ticket", recordedAt, events);

    private async Task<Guid> StreamAsync(string type, DateTimeOffset recordedAt, params string[] events)
    {
        var id = Guid.CreateVersion7();
        (await ledger.Store.AppendAsync(new Append
        {
            StreamId = id, StreamType = type, ExpectedVersion = 0, Now = recordedAt, Events = [.. events.Select((name, i) => Ledger.Event(i) with { Type = name })],
        })).ShouldBeOfType<Appended>();
        return id;
    }

    /// <summary>A checkpoint that covers all there is, as far as its row tells.</summary>
    private async Task CheckpointAsync(DateTimeOffset signedAt)
    {
        await ledger.ExecuteAsync("insert into audit.keys values ('00000000000000aa', 1, '\\x00', now()) on conflict do nothing");
        // The stories of this class share a database, and each has its own time: the order of times is another's test.
        await ledger.ExecuteAsync($"""
            set session_replication_role = replica;
            insert into audit.checkpoints (size, root, signed_at, position, key_id, note)
            select coalesce(max(c.size), 0) + 1, decode(repeat('00', 32), 'hex'), '{signedAt:O}', coalesce((select max(seq_id) from events.mt_events), 0), '00000000000000aa', '' from audit.checkpoints c;
            set session_replication_role = origin
            """);
    }
}
