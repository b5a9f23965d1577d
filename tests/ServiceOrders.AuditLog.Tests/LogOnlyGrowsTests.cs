using Npgsql;
using ServiceOrders.AuditLog.Tests.Given;

namespace ServiceOrders.AuditLog.Tests;

/// <summary>The log's own tables only grow, whoever writes: a row is extended, never changed or removed.</summary>
public sealed class LogOnlyGrowsTests(Ledger ledger) : IClassFixture<Ledger>, IAsyncLifetime
{
    private static readonly string Hash = new('a', 64), Other = new('b', 64);

    public async ValueTask InitializeAsync()
    {
        if (await ledger.ScalarAsync<long>("select count(*) from audit.leaf_tiles") > 0) return;
        await ledger.ExecuteAsync($"insert into audit.leaf_tiles values (0, 7, '{{7}}', '\\x{Hash}')");
        await ledger.ExecuteAsync($"insert into audit.node_tiles values (1, 0, '\\x{Hash}')");
        await ledger.ExecuteAsync("insert into audit.keys values ('00000000000000aa', 1, '\\x00', now())");
        await ledger.ExecuteAsync($"insert into audit.checkpoints values (5, '\\x{Hash}', now(), 7, '00000000000000aa', 'note')");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("delete from audit.leaf_tiles")]
    [InlineData("truncate audit.leaf_tiles")]
    [InlineData("update audit.leaf_tiles set tile = 1")]
    [InlineData("delete from audit.node_tiles")]
    [InlineData("truncate audit.node_tiles")]
    [InlineData("update audit.node_tiles set level = 2")]
    [InlineData("delete from audit.checkpoints")]
    [InlineData("update audit.checkpoints set note = 'another'")]
    [InlineData("truncate audit.checkpoints")]
    [InlineData("delete from audit.keys")]
    [InlineData("update audit.keys set serial = 2")]
    [InlineData("truncate audit.keys, audit.checkpoints")]
    [InlineData("delete from audit.log")]
    [InlineData("update audit.log set id = '0000000000000000'")]
    [InlineData("truncate audit.log")]
    public async Task Even_the_owner_is_refused(string sql) => await ShouldBeRefused(sql);

    [Fact]
    public async Task A_tile_is_extended_and_what_it_had_stays()
    {
        await ShouldBeRefused($"update audit.leaf_tiles set positions = '{{7,9}}', hashes = '\\x{Other}{Other}'");
        await ShouldBeRefused($"update audit.leaf_tiles set positions = '{{7}}', hashes = '\\x{Other}'");
        await ShouldBeRefused($"update audit.node_tiles set hashes = '\\x{Other}{Hash}'");
        (await ledger.ExecuteAsync($"update audit.leaf_tiles set positions = '{{7,9}}', hashes = '\\x{Hash}{Other}'")).ShouldBe(1);
        (await ledger.ExecuteAsync($"update audit.node_tiles set hashes = '\\x{Hash}{Other}'")).ShouldBe(1);
        await ShouldBeRefused($"update audit.leaf_tiles set positions = '{{7,8,9}}', hashes = '\\x{Hash}{Other}{Other}'");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    public async Task A_checkpoint_is_larger_than_all_before_it(int size) =>
        await ShouldBeRefused($"insert into audit.checkpoints values ({size}, '\\x{Other}', now(), 7, '00000000000000aa', 'note')");

    private async Task ShouldBeRefused(string sql) => (await Should.ThrowAsync<PostgresException>(() => ledger.ExecuteAsync(sql))).SqlState.ShouldBe("SO002");
}
