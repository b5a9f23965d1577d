using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.EventStore.Tests.Given;

/// <summary>A row of the inline table <c>read.things</c>: how many events a stream has.</summary>
public sealed record ThingRow(Guid Id, long Version);

/// <summary>An inline read model in generations, as simple as one can be: a stream's number of events. A negative version is refused by the table.</summary>
public sealed class Things : InlineTable, IInlineReadModel
{
    public override string Name => "things";

    public static Task SetUpAsync(TestDatabase database) => database.ExecuteAsync("""
        do $$ begin
            if to_regclass('read.things') is not null then return; end if;
            create schema read;
            create table read.things_1 (id uuid primary key, version bigint not null check (version >= 0));
            create view read.things as select * from read.things_1;
        end $$
        """);

    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation) =>
        new($"""
            insert into read.things_{generation} (id, version) select r.id, r.version from unnest($1, $2, $3) as r (ordinal, id, version) where r.ordinal = {Accepted}
            on conflict (id) do update set version = excluded.version
            """)
        {
            Parameters =
            {
                new() { Value = rows.Select(row => row.Ordinal).ToArray() },
                new() { Value = rows.Select(row => ((ThingRow)row.Row).Id).ToArray() },
                new() { Value = rows.Select(row => ((ThingRow)row.Row).Version).ToArray() },
            },
        };

    public async Task CreateAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) =>
        await RunAsync(connection, $"drop table if exists read.things_{generation}; create table read.things_{generation} (id uuid primary key, version bigint not null check (version >= 0))");

    public WriteRows Fold(IReadOnlyList<StreamHistory> streams, CancellationToken cancellation) =>
        (generation, replace, connection, stop) => WriteAsync(generation, streams, replace, connection, stop);

    private static async Task WriteAsync(int generation, IReadOnlyList<StreamHistory> streams, bool replace, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (replace)
        {
            await using var delete = new NpgsqlCommand($"delete from read.things_{generation} where id = any($1)", connection) { Parameters = { new() { Value = streams.Select(stream => stream.StreamId).ToArray() } } };
            await delete.ExecuteNonQueryAsync(cancellation);
        }
        await using var copy = await connection.BeginBinaryImportAsync($"copy read.things_{generation} (id, version) from stdin (format binary)", cancellation);
        foreach (var stream in streams)
        {
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(stream.StreamId, NpgsqlDbType.Uuid, cancellation);
            await copy.WriteAsync((long)stream.Events.Count, NpgsqlDbType.Bigint, cancellation);
        }
        await copy.CompleteAsync(cancellation);
    }

    public Task CompleteAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) => Task.CompletedTask;

    public Task SwitchAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) =>
        RunAsync(connection, $"create or replace view read.things as select * from read.things_{generation}");

    public Task DropAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) => RunAsync(connection, $"drop table if exists read.things_{generation}");

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
