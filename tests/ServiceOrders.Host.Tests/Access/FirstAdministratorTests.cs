using ServiceOrders.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Access;

/// <summary>The one who can always get in: whoever sets the service's environment.</summary>
public sealed class FirstAdministratorTests(TestServer server)
{
    [Fact]
    public async Task A_lost_key_is_replaced_by_the_one_that_a_later_start_sets_and_stays_when_none_is_set()
    {
        var database = await server.CreateDatabaseAsync();
        try
        {
            (await AskAsync(database, "the-first", "the-first", "the-second")).ShouldBe([200, 401]);
            (await AskAsync(database, "the-second", "the-second", "the-first")).ShouldBe([200, 401]);
            (await AskAsync(database, "the-second", "the-second", "the-first")).ShouldBe([200, 401]);
            (await AskAsync(database, "", "the-second", "the-first")).ShouldBe([200, 401]);

            await using var store = new StoreDatabase(database);
            await using var command = store.Pooled.CreateCommand("select count(*), coalesce(bool_or(data::text || headers::text like '%the-second%'), false) from events.mt_events where type = 'staff_key_rotated'");
            await using var reader = await command.ExecuteReaderAsync();
            (await reader.ReadAsync()).ShouldBeTrue();
            (reader.GetInt64(0), reader.GetBoolean(1)).ShouldBe((1, false), "one event, and the key is not in it");
        }
        finally
        {
            await server.DropDatabaseAsync(database);
        }
    }

    private static async Task<int[]> AskAsync(string database, string setting, params string[] keys)
    {
        var app = await RunningService.StartAsync(database, TimeProvider.System, ("ServiceOrders:AdministratorKey", setting));
        try
        {
            List<int> answers = [];
            foreach (var key in keys) answers.Add((await new ApiClient(new Uri(app.Urls.First()), key).GetAsync("/v1/staff")).Status);
            return [.. answers];
        }
        finally
        {
            await app.StopServiceOrdersAsync();
        }
    }
}
