using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.Testing;

namespace ServiceOrders.AuditLog.Tests.Signing;

/// <summary>Keys change without a break: whoever trusts the old one can trust the new one.</summary>
public sealed class RotationTests(TestServer server) : IAsyncLifetime
{
    private readonly Ledger _ledger = new(server);
    private Notary _notary = null!;

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        _notary = new Notary(_ledger.ConnectionString);
        await _notary.IntroduceAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _notary.DisposeAsync();
        await _ledger.DisposeAsync();
    }

    [Fact]
    public async Task The_first_checkpoint_after_a_rotation_is_signed_by_both_keys_and_the_next_by_the_new_one_alone()
    {
        var old = _notary.Keys.Current!;
        await SignAsync();
        var fresh = _notary.Keys.Rotate();
        await _notary.IntroduceAsync();

        var both = await SignAsync();
        both.KeyId.ShouldBe(fresh.Id);
        SignedNote.Parse(both.Note).ShouldSatisfyAllConditions(note => note.IsSignedBy(old.Public).ShouldBeTrue(), note => note.IsSignedBy(fresh.Public).ShouldBeTrue());

        var after = SignedNote.Parse((await SignAsync()).Note);
        after.Signatures.Select(signature => signature.KeyId).ShouldBe([fresh.Id]);
        after.IsSignedBy(fresh.Public).ShouldBeTrue();
    }

    [Fact]
    public async Task A_node_with_the_old_key_signs_nothing_once_another_has_taken_its_place()
    {
        await using var behind = new Notary(_ledger.ConnectionString);
        CopyKeys(_notary, behind);
        var late = SigningKeys.KeptIn(behind.KeyFolder);
        _notary.Keys.Rotate();
        await _notary.IntroduceAsync();
        await GrowAsync();
        (await RefusalOf(late)).Detail.ShouldContain("was replaced by");
    }

    [Fact]
    public async Task A_node_without_the_log_s_key_signs_nothing()
    {
        await GrowAsync();
        await using var keyless = new Notary(_ledger.ConnectionString);
        (await keyless.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.OtherKey);
        keyless.Keys.MakeFirst();
        (await keyless.ShouldRefuseAsync()).Detail.ShouldContain("is none of this log");
    }

    [Fact]
    public async Task A_new_key_without_the_old_one_at_hand_signs_nothing()
    {
        await SignAsync();
        _notary.Keys.Rotate();
        await _notary.IntroduceAsync();
        await GrowAsync();
        var alone = SigningKeys.Given(_notary.Keys.Current!.ToPem(), null);
        (await RefusalOf(alone)).Detail.ShouldContain("has to be signed by key");
    }

    [Fact]
    public async Task Kept_keys_are_there_after_a_restart_readable_by_their_owner_alone()
    {
        var first = _notary.Keys.Current!;
        var fresh = _notary.Keys.Rotate();
        var again = SigningKeys.KeptIn(_notary.KeyFolder);
        (again.Current!.Id, again.Previous!.Id).ShouldBe((fresh.Id, first.Id));
        Directory.GetFiles(_notary.KeyFolder).Length.ShouldBe(2);
        if (!OperatingSystem.IsWindows())
            foreach (var file in Directory.GetFiles(_notary.KeyFolder)) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await SignAsyncWith(first);

        // The log is still signed by the old key until the new one is introduced.
        async Task SignAsyncWith(Audit.Keys.SigningKey key)
        {
            await GrowAsync();
            await using var node = new Notary(_ledger.ConnectionString);
            var signer = new CheckpointSigner(_ledger.Database, SigningKeys.Given(key.ToPem(), null), [], "given", node.Time);
            (await signer.SignAsync()).Checkpoint!.KeyId.ShouldBe(key.Id);
        }
    }

    [Fact]
    public async Task Two_processes_that_make_the_first_key_at_once_have_the_same_one()
    {
        await using var empty = new Notary(_ledger.ConnectionString);
        for (var round = 0; round < 100; round++)
        {
            var folder = Path.Combine(empty.KeyFolder, $"{round}");
            var nodes = Enumerable.Range(0, 8).Select(_ => SigningKeys.KeptIn(folder)).ToArray();
            await Task.WhenAll(nodes.Select(node => Task.Run(node.MakeFirst)));
            nodes.Select(node => node.Current.ShouldNotBeNull().Id).Distinct().ShouldHaveSingleItem();
            Directory.GetFiles(folder).ShouldHaveSingleItem();
        }
    }

    [Fact]
    public void What_is_no_key_is_refused() => Should.Throw<FormatException>(() => SigningKeys.Given("no key", null));

    private async Task<SigningRefusal> RefusalOf(SigningKeys keys)
    {
        var outcome = await new CheckpointSigner(_ledger.Database, keys, [], "another", _notary.Time).SignAsync();
        outcome.Checkpoint.ShouldBeNull();
        outcome.Refusal!.Kind.ShouldBe(SigningRefusalKind.OtherKey);
        return outcome.Refusal;
    }

    private static void CopyKeys(Notary from, Notary to)
    {
        Directory.CreateDirectory(to.KeyFolder);
        foreach (var file in Directory.GetFiles(from.KeyFolder)) File.Copy(file, Path.Combine(to.KeyFolder, Path.GetFileName(file)));
    }

    private async Task<StoredCheckpoint> SignAsync()
    {
        await GrowAsync();
        return await _notary.SignAndSendAsync();
    }

    private async Task GrowAsync()
    {
        await _ledger.AppendAsync(1);
        await _ledger.BuildAsync();
    }
}
