using Npgsql;
using ServiceOrders.Testing;
using ServiceOrders.Testing.Service;

namespace ServiceOrders.Host.Tests.Hosting;

/// <summary>A service that cannot start as it is set up ends with 1 and one line that says why and what to do, without a stack trace and without a secret.</summary>
public sealed class StartRefusalTests(TestServer server) : IAsyncLifetime
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("service-orders-refusal-");
    private string _database = "";

    public async ValueTask InitializeAsync() => _database = await server.CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        await server.DropDatabaseAsync(_database);
        _data.Delete(recursive: true);
    }

    [Fact]
    public async Task A_user_that_the_database_does_not_know() => (await RefusedAsync(With(b => b.Username = "nobody_knows"))).ShouldContain("refuses the user or password");

    [Fact]
    public async Task A_database_that_is_not_there() => (await RefusedAsync(With(b => b.Database = "not_there"))).ShouldContain("make the database that ConnectionStrings__ServiceOrders names");

    [Fact]
    public async Task A_connection_string_that_is_none()
    {
        var told = await RefusedAsync(new ServiceSettings("Hots=db;Password=secret-word", _data.FullName));
        told.ShouldContain("is not a connection string");
        told.ShouldNotContain("secret-word");
    }

    [Theory]
    [InlineData("ServiceOrders__Web__Burst", "many", "ServiceOrders:Web:Burst")]
    [InlineData("ServiceOrders__Web__BodyBytes", "10", "out of its range")]
    [InlineData("ServiceOrders__MasterKey", "c2hvcnQ=", "is not the base64 text of 32 bytes")]
    public async Task A_setting_that_is_wrong(string name, string value, string told) =>
        (await RefusedAsync(new ServiceSettings(_database, _data.FullName) { Environment = new Dictionary<string, string> { [name] = value } })).ShouldContain(told);

    [Fact]
    public async Task A_database_that_belongs_to_another_master_key_or_whose_scripts_are_others()
    {
        var settings = new ServiceSettings(_database, _data.FullName);
        await using (var service = await ServiceProcess.StartAsync(settings)) await service.StopAsync();

        var other = Convert.ToBase64String(new byte[32]);
        var told = await RefusedAsync(settings with { Environment = new Dictionary<string, string> { ["ServiceOrders__MasterKey"] = other } });
        told.ShouldContain("was sealed with master key");
        told.ShouldNotContain(other);

        await using (var database = NpgsqlDataSource.Create(_database))
        await using (var edit = database.CreateCommand("update events.schema_versions set checksum = '\\x00' where number = 1")) await edit.ExecuteNonQueryAsync();
        (await RefusedAsync(settings)).ShouldContain("edited");
    }

    private static async Task<string> RefusedAsync(ServiceSettings settings)
    {
        var ended = await Should.ThrowAsync<InvalidOperationException>(() => ServiceProcess.StartAsync(settings));
        ended.Message.ShouldStartWith("The service ended with 1:");
        ended.Message.ShouldNotContain("   at ", customMessage: "a refusal is no defect: it has no stack trace");
        return ended.Message;
    }

    private ServiceSettings With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(_database);
        change(builder);
        return new ServiceSettings(builder.ConnectionString, _data.FullName);
    }
}
