using ServiceOrders.Domain.Channels;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Credentials;

namespace ServiceOrders.Host.Access;

/// <summary><c>/v1/channels</c>: the registered channels and their keys (row I1).</summary>
public static class ChannelEndpoints
{
    private const string Tag = "Channels";

    /// <summary>Maps them.</summary>
    public static void MapChannels(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/channels", RegisterAsync).Describe("registerChannel", Tag, "Registers a channel and gives it its key, shown this once.").ForAdministrators()
            .Takes<RegisterChannel>("""{ "name": "wechat-shop", "medium": "wechat" }""")
            .Answers<ChannelWithKey>(201, "It is registered.", etag: true, location: true).Refuses(ProblemTypes.NameTaken, ProblemTypes.RuleRefused);
        routes.MapGet("/v1/channels", ListAsync).Describe("listChannels", Tag, "Lists channels in the order of their names.").ForStaff()
            .Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<ChannelView>>(200, "A page of them.");
        routes.MapGet("/v1/channels/{name}", GetAsync).Describe("getChannel", Tag, "A channel, without its key.").ForStaff()
            .Answers<ChannelView>(200, "The channel.", etag: true).Refuses(ProblemTypes.NotFound);
        routes.MapPost("/v1/channels/{name}/rotate-key", RotateAsync)
            .Describe("rotateChannelKey", Tag, "Gives a channel a new key; the old one counts for a while longer.").ForAdministrators()
            .Takes(typeof(RotateKey), """{ "overlap": "PT1H" }""", required: false)
            .Answers<ChannelWithKey>(200, "The new key, shown this once.", etag: true).Refuses(ProblemTypes.NotFound, ProblemTypes.StaleVersion);
        routes.MapPost("/v1/channels/{name}/suspend", SuspendAsync).Describe("suspendChannel", Tag, "Lets a channel's keys count no more until it is resumed.").ForAdministrators()
            .Takes(typeof(NoFields), "{}", required: false).Answers<ChannelView>(200, "The channel.", etag: true).Refuses(ProblemTypes.NotFound, ProblemTypes.StateForbids, ProblemTypes.StaleVersion);
        routes.MapPost("/v1/channels/{name}/resume", ResumeAsync).Describe("resumeChannel", Tag, "Lets a suspended channel's keys count again.").ForAdministrators()
            .Takes(typeof(NoFields), "{}", required: false).Answers<ChannelView>(200, "The channel.", etag: true).Refuses(ProblemTypes.NotFound, ProblemTypes.StateForbids, ProblemTypes.StaleVersion);
    }

    private static async Task<IResult> RegisterAsync(HttpContext http, ConfiguredStreams streams, RequestKeys keys)
    {
        var body = await JsonBody.ReadAsync<RegisterChannel>(http);
        var key = keys.Take(http, http.Caller(), body.Raw);
        var apiKey = ApiKey.For(keys, key, CredentialStreams.Channels.IdOf(body.Value.Name), version: 1);
        var channel = await streams.CreateAsync(CredentialStreams.Channels, body.Value.Name, CredentialStreams.ChangeBy(http, key, 201),
            c => c.Register(body.Value.Name, body.Value.Medium, ApiKey.Hash(apiKey)), http.RequestAborted);
        return new Answer(new ChannelWithKey(channel.Name, channel.Medium, apiKey, null, channel.Version), 201, channel.Version, $"/v1/channels/{Uri.EscapeDataString(channel.Name)}");
    }

    private static async Task<IResult> ListAsync(HttpContext http, CredentialQuery credentials)
    {
        var query = Query.Of(http);
        var rows = await credentials.ListAsync(ActorKind.Channel, NameCursor.Decode(query), query.Limit() + 1, http.RequestAborted);
        return new Answer(NameCursor.PageOf(rows.Select(ChannelView.Of).ToArray(), query.Limit(), channel => channel.Name));
    }

    private static async Task<IResult> GetAsync(string name, HttpContext http, ConfiguredStreams streams)
    {
        var channel = await streams.LoadAsync(CredentialStreams.Channels, CredentialStreams.Channels.IdOf(name), cancellation: http.RequestAborted);
        return channel.Version == 0 ? new Problem(ProblemTypes.NotFound) : new Answer(ChannelView.Of(channel), Version: channel.Version);
    }

    private static async Task<IResult> RotateAsync(string name, HttpContext http, ConfiguredStreams streams, RequestKeys keys, Credentials credentials, TimeProvider time)
    {
        var body = await JsonBody.ReadAsync<RotateKey>(http);
        var overlap = CredentialStreams.OverlapOf(body.Value);
        var key = keys.Take(http, http.Caller(), body.Raw);
        var id = CredentialStreams.Channels.IdOf(name);
        var fresh = ApiKey.New();
        string KeyAt(long version) => key is null ? fresh : ApiKey.For(keys, key, id, version);
        var channel = await streams.ChangeAsync(CredentialStreams.Channels, name, CredentialStreams.ChangeBy(http, key),
            c => c.RotateKey(ApiKey.Hash(KeyAt(c.Version + 1)), overlap, time.Now()), http.RequestAborted);
        credentials.Forget();
        return new Answer(new ChannelWithKey(channel.Name, channel.Medium, KeyAt(channel.Version), channel.Keys?.PreviousUntil, channel.Version), Version: channel.Version);
    }

    private static Task<IResult> SuspendAsync(string name, HttpContext http, ConfiguredStreams streams, RequestKeys keys, Credentials credentials) =>
        ChangeAsync(name, http, streams, keys, credentials, channel => channel.Suspend());

    private static Task<IResult> ResumeAsync(string name, HttpContext http, ConfiguredStreams streams, RequestKeys keys, Credentials credentials) =>
        ChangeAsync(name, http, streams, keys, credentials, channel => channel.Resume());

    private static async Task<IResult> ChangeAsync(
        string name, HttpContext http, ConfiguredStreams streams, RequestKeys keys, Credentials credentials, Func<Channel, Domain.Verdict<IChannelEvent>> decide)
    {
        var body = await JsonBody.ReadAsync<NoFields>(http);
        var key = keys.Take(http, http.Caller(), body.Raw);
        var channel = await streams.ChangeAsync(CredentialStreams.Channels, name, CredentialStreams.ChangeBy(http, key), decide, http.RequestAborted);
        credentials.Forget();
        return new Answer(ChannelView.Of(channel), Version: channel.Version);
    }
}
