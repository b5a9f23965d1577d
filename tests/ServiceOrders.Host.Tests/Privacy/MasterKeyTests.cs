using System.Security.Cryptography;
using ServiceOrders.Host.Privacy;

namespace ServiceOrders.Host.Tests.Privacy;

public sealed class MasterKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("service-orders-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_first_start_makes_a_key_that_every_later_one_reads() => MasterKey.Load(null, _folder).Id.ShouldBe(MasterKey.Load("", _folder).Id);

    [Fact]
    public void Processes_that_start_together_agree_on_one_key()
    {
        for (var round = 0; round < 200; round++)
        {
            var folder = Path.Combine(_folder, $"{round}");
            var ids = new string[8];
            Parallel.For(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = ids.Length }, i => ids[i] = MasterKey.Load(null, folder).Id);
            ids.Distinct().Count().ShouldBe(1);
            new FileInfo(Directory.GetFiles(Path.Combine(folder, "keys")).ShouldHaveSingleItem()).LinkTarget.ShouldBeNull();
        }
    }

    [Fact]
    public void Only_its_owner_may_read_the_file()
    {
        MasterKey.Load(null, _folder);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(Path.Combine(_folder, "keys", "master.key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void A_configured_key_leaves_no_file_behind()
    {
        MasterKey.Load(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), _folder);
        Directory.EnumerateFileSystemEntries(_folder).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("not base64")]
    [InlineData("AAAA")]
    public void What_is_no_key_is_refused_without_being_quoted(string configured)
    {
        var refused = Should.Throw<InvalidOperationException>(() => MasterKey.Load(configured, _folder));
        refused.Message.ShouldNotContain(configured);
    }

    [Fact]
    public void A_wrapped_key_opens_only_with_its_master_and_for_its_subject()
    {
        var (master, subject, key) = (MasterKey.Load(null, _folder), Guid.CreateVersion7(), RandomNumberGenerator.GetBytes(32));
        var wrapped = master.Wrap(subject, key);
        master.Unwrap(subject, wrapped).ShouldBe(key);
        Should.Throw<CryptographicException>(() => master.Unwrap(Guid.CreateVersion7(), wrapped));
        Should.Throw<CryptographicException>(() => new MasterKey(RandomNumberGenerator.GetBytes(32)).Unwrap(subject, wrapped));
    }

    [Fact]
    public void Its_id_tells_nothing_of_the_key()
    {
        byte[] secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        new MasterKey(secret).Id.ShouldBe(new MasterKey(secret).Id);
        new MasterKey(secret).Id.Length.ShouldBe(16);
        Convert.ToHexStringLower(secret).ShouldNotContain(new MasterKey(secret).Id);
    }
}
