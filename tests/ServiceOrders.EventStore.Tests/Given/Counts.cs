using Npgsql;

namespace ServiceOrders.EventStore.Tests.Given;

/// <summary>A projection in generations, as simple as one can be: a row for each event's position, in <c>read.{name}</c>.</summary>
public sealed class Counts(string name) : IGenerationalProjection
{
    public string Name => name;

    /// <summary>A projection of that name, with an empty first generation that serves.</summary>
    public static async Task<Counts> SetUpAsync(TestDatabase database, string name)
    {
        var counts = new Counts(name);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await counts.CreateAsync(1, connection, default);
        await RunAsync(connection, $"create view read.{name} as select * from read.{name}_1");
        return counts;
    }

    public Task CreateAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) =>
        RunAsync(connection, $"drop table if exists read.{name}_{generation}; create table read.{name}_{generation} (position bigint)");

    public async Task ApplyAsync(int generation, IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await using var insert = new NpgsqlCommand($"insert into read.{name}_{generation} select unnest($1)", connection, transaction) { Parameters = { new() { Value = events.Select(read => read.Position).ToArray() } } };
        await insert.ExecuteNonQueryAsync(cancellation);
    }

    public Task SwitchAsync(int generation, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation) =>
        RunAsync(connection, $"create or replace view read.{name} as select * from read.{name}_{generation}");

    public Task DropAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) => RunAsync(connection, $"drop table if exists read.{name}_{generation}");

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
