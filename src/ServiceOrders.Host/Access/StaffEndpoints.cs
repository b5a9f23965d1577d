using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Credentials;

namespace ServiceOrders.Host.Access;

/// <summary><c>/v1/staff</c>: the people who handle tickets, their roles and keys.</summary>
public static class StaffEndpoints
{
    private const string Tag = "Staff";

    /// <summary>Maps them.</summary>
    public static void MapStaff(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/staff", RegisterAsync).Describe("registerStaff", Tag, "Registers a member of staff and gives them their key, shown this once.").ForAdministrators()
            .Takes<RegisterStaff>("""{ "name": "li-wei", "role": "agent" }""")
            .Answers<StaffWithKey>(201, "They are registered.", etag: true, location: true).Refuses(ProblemTypes.NameTaken, ProblemTypes.RuleRefused);
        routes.MapGet("/v1/staff", ListAsync).Describe("listStaff", Tag, "Lists staff in the order of their names.").ForStaff()
            .Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<StaffView>>(200, "A page of them.");
        routes.MapGet("/v1/staff/{name}", GetAsync).Describe("getStaff", Tag, "A member of staff, without the key.").ForStaff()
            .Answers<StaffView>(200, "The member of staff.", etag: true).Refuses(ProblemTypes.NotFound);
        routes.MapPost("/v1/staff/{name}/rotate-key", RotateAsync)
            .Describe("rotateStaffKey", Tag, "Gives a member of staff a new key; the old one counts for a while longer.").ForAdministrators()
            .Takes(typeof(RotateKey), """{ "overlap": "PT0S" }""", required: false)
            .Answers<StaffWithKey>(200, "The new key, shown this once.", etag: true).Refuses(ProblemTypes.NotFound, ProblemTypes.StateForbids, ProblemTypes.StaleVersion);
        routes.MapPost("/v1/staff/{name}/deactivate", DeactivateAsync).Describe("deactivateStaff", Tag, "Lets the keys of someone who left count no more.").ForAdministrators()
            .Takes(typeof(NoFields), "{}", required: false)
            .Answers<StaffView>(200, "The member of staff.", etag: true).Refuses(ProblemTypes.NotFound, ProblemTypes.StateForbids, ProblemTypes.StaleVersion, ProblemTypes.RuleRefused);
    }

    private static async Task<IResult> RegisterAsync(HttpContext http, ConfiguredStreams streams, RequestKeys keys)
    {
        var body = await JsonBody.ReadAsync<RegisterStaff>(http);
        var key = keys.Take(http, http.Caller(), body.Raw);
        var apiKey = ApiKey.For(keys, key, CredentialStreams.Staff.IdOf(body.Value.Name), version: 1);
        var member = await streams.CreateAsync(CredentialStreams.Staff, body.Value.Name, CredentialStreams.ChangeBy(http, key, 201),
            s => s.Register(body.Value.Name, body.Value.Role, ApiKey.Hash(apiKey)), http.RequestAborted);
        return new Answer(new StaffWithKey(member.Name, member.Role, apiKey, null, member.Version), 201, member.Version, $"/v1/staff/{Uri.EscapeDataString(member.Name)}");
    }

    private static async Task<IResult> ListAsync(HttpContext http, CredentialQuery credentials)
    {
        var query = Query.Of(http);
        var rows = await credentials.ListAsync(ActorKind.Staff, NameCursor.Decode(query), query.Limit() + 1, http.RequestAborted);
        return new Answer(NameCursor.PageOf(rows.Select(StaffView.Of).ToArray(), query.Limit(), member => member.Name));
    }

    private static async Task<IResult> GetAsync(string name, HttpContext http, ConfiguredStreams streams)
    {
        var member = await streams.LoadAsync(CredentialStreams.Staff, CredentialStreams.Staff.IdOf(name), cancellation: http.RequestAborted);
        return member.Version == 0 ? new Problem(ProblemTypes.NotFound) : new Answer(StaffView.Of(member), Version: member.Version);
    }

    private static async Task<IResult> RotateAsync(string name, HttpContext http, ConfiguredStreams streams, RequestKeys keys, Credentials credentials, TimeProvider time)
    {
        var body = await JsonBody.ReadAsync<RotateKey>(http);
        var overlap = CredentialStreams.OverlapOf(body.Value);
        var key = keys.Take(http, http.Caller(), body.Raw);
        var id = CredentialStreams.Staff.IdOf(name);
        var fresh = ApiKey.New();
        string KeyAt(long version) => key is null ? fresh : ApiKey.For(keys, key, id, version);
        var member = await streams.ChangeAsync(CredentialStreams.Staff, name, CredentialStreams.ChangeBy(http, key),
            s => s.RotateKey(ApiKey.Hash(KeyAt(s.Version + 1)), overlap, time.Now()), http.RequestAborted);
        credentials.Forget();
        return new Answer(new StaffWithKey(member.Name, member.Role, KeyAt(member.Version), member.Keys?.PreviousUntil, member.Version), Version: member.Version);
    }

    private static async Task<IResult> DeactivateAsync(string name, HttpContext http, ConfiguredStreams streams, RequestKeys keys, Credentials credentials)
    {
        var body = await JsonBody.ReadAsync<NoFields>(http);
        var caller = http.Caller();
        var key = keys.Take(http, caller, body.Raw);
        var member = await streams.ChangeAsync(CredentialStreams.Staff, name, CredentialStreams.ChangeBy(http, key), s => s.Deactivate(caller.Actor), http.RequestAborted);
        credentials.Forget();
        return new Answer(StaffView.Of(member), Version: member.Version);
    }
}
