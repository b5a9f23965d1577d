using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Tests.Configuration;

/// <summary>A change of configuration that is sent to two nodes at once, because its first answer did not come.</summary>
public sealed class RepeatedChangeTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task The_same_request_on_another_node_is_a_repeat_though_the_first_came_through_in_between()
    {
        var request = new ChangeRequest(Desk.Agent.Actor, Key: Desk.Keyed(Desk.Agent, "register-1").Key, Status: 201);
        Task<StaffMember> Register(IEventStore store) => new ConfiguredStreams(store, desk.Time).CreateAsync(
            CredentialStreams.Staff, "zhao", request, member => member.Register("zhao", StaffRole.Agent, ApiKey.Hash("first")), CancellationToken.None);

        var overtaken = await Register(new OvertakenStore(desk.StartNode().Store, () => Register(desk.Store)));
        (overtaken.Name, overtaken.Version).ShouldBe(("zhao", 1));

        var other = request with { Key = Desk.Keyed(Desk.Agent, "register-2").Key };
        var taken = await Should.ThrowAsync<ProblemException>(() => new ConfiguredStreams(desk.Store, desk.Time).CreateAsync(
            CredentialStreams.Staff, "zhao", other, member => member.Register("zhao", StaffRole.Agent, ApiKey.Hash("first")), CancellationToken.None));
        taken.Problem.Type.Code.ShouldBe("name-taken", "another request is no repeat");
    }

    [Fact]
    public async Task A_repeat_that_names_the_version_it_changed_is_a_repeat_too()
    {
        var streams = new ConfiguredStreams(desk.Store, desk.Time);
        await streams.CreateAsync(CredentialStreams.Staff, "qian", new ChangeRequest(Desk.Agent.Actor), member => member.Register("qian", StaffRole.Agent, ApiKey.Hash("another")), CancellationToken.None);
        var request = new ChangeRequest(Desk.Agent.Actor, Key: Desk.Keyed(Desk.Agent, "rotate-1").Key, IfMatch: 1);
        Task<StaffMember> Rotate(IEventStore store) => new ConfiguredStreams(store, desk.Time).ChangeAsync(
            CredentialStreams.Staff, "qian", request, member => member.RotateKey(ApiKey.Hash("second"), TimeSpan.Zero, desk.Time.Current), CancellationToken.None);

        (await Rotate(new OvertakenStore(desk.StartNode().Store, () => Rotate(desk.Store)))).Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_key_whose_fingerprint_is_gone_is_a_repeat_where_it_changed_something_of_that_kind_and_is_refused_where_it_changed_something_else()
    {
        var streams = new ConfiguredStreams(desk.Store, desk.Time);
        var request = new ChangeRequest(Desk.Agent.Actor, Key: Desk.Keyed(Desk.Agent, "bare").Key, Status: 201);
        var sun = await Register("sun", request);
        // As an erasure by an earlier version of the service left keys.
        await desk.Execute("update events.unique_keys set fingerprint = null where stream_id = $1", CredentialStreams.Staff.IdOf("sun"));

        (await Register("sun", request)).ShouldBe(sun);
        // Whatever the repeat is called: the key tells what it did.
        (await Register("somebody-else", request)).ShouldBe(sun);
        foreach (var attempt in new Func<Task>[]
        {
            () => streams.CreateAsync(CredentialStreams.Channels, "sun", request, channel => channel.Register("sun", Medium.Web, ApiKey.Hash("third")), CancellationToken.None),
            () => streams.ChangeAsync(CredentialStreams.Channels, "sun", request, channel => channel.RotateKey(ApiKey.Hash("third"), TimeSpan.Zero, desk.Time.Current), CancellationToken.None),
        })
        {
            (await Should.ThrowAsync<ProblemException>(attempt)).Problem.Type.ShouldBe(ProblemTypes.IdempotencyKeyReused);
        }
        // A ticket's stream is none of a member of staff either, with what is left of its fingerprint or without.
        var ticket = (await desk.Post(Desk.Request(), request: Desk.Keyed(Desk.Agent, "a-tickets"))).ShouldBeOfType<Answered>().Ticket;
        await desk.Execute("update events.unique_keys set fingerprint = null where stream_id = $1", ticket.Id);
        (await Should.ThrowAsync<ProblemException>(() => Register("wu", request with { Key = Desk.Keyed(Desk.Agent, "a-tickets").Key }))).Problem.Type.ShouldBe(ProblemTypes.IdempotencyKeyReused);
        (await streams.LoadAsync(CredentialStreams.Staff, CredentialStreams.Staff.IdOf("wu"))).Version.ShouldBe(0);
        (await streams.LoadAsync(CredentialStreams.Staff, ticket.Id)).Version.ShouldBe(0);

        Task<StaffMember> Register(string name, ChangeRequest asked) => streams.CreateAsync(CredentialStreams.Staff, name, asked, member => member.Register(name, StaffRole.Agent, ApiKey.Hash(name)), CancellationToken.None);
    }

    /// <summary>The real store, where something else gets done between the first look for the key and the reading of the stream.</summary>
    private sealed class OvertakenStore(IEventStore store, Func<Task> meanwhile) : IEventStore
    {
        private bool _done;

        public ValueTask<AppendOutcome> AppendAsync(Append append, CancellationToken cancellation = default) => store.AppendAsync(append, cancellation);

        public ValueTask<AppendOutcome> RestoreAsync(Append append, CancellationToken cancellation = default) => store.RestoreAsync(append, cancellation);

        public async Task<IReadOnlyList<StoredEvent>> ReadStreamAsync(
            Guid streamId, long fromVersion = 1, long toVersion = long.MaxValue, DateTimeOffset? recordedUntil = null, int limit = int.MaxValue, CancellationToken cancellation = default)
        {
            if (!_done)
            {
                _done = true;
                await meanwhile();
            }
            return await store.ReadStreamAsync(streamId, fromVersion, toVersion, recordedUntil, limit, cancellation);
        }

        public IAsyncEnumerable<IReadOnlyList<StreamHistory>> ReadStreamsAsync(IReadOnlyCollection<Guid> streamIds, CancellationToken cancellation = default) => store.ReadStreamsAsync(streamIds, cancellation);

        public Task<IReadOnlyList<StoredEvent>> ReadAllAsync(long afterPosition, int limit, CancellationToken cancellation = default) => store.ReadAllAsync(afterPosition, limit, cancellation);

        public Task<UsedKey?> FindKeyAsync(string scope, byte[] value, CancellationToken cancellation = default) => store.FindKeyAsync(scope, value, cancellation);
    }
}
