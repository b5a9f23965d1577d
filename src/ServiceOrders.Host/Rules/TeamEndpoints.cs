using ServiceOrders.Domain;
using ServiceOrders.Domain.Teams;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Settings;

namespace ServiceOrders.Host.Rules;

/// <summary><c>/v1/teams</c>: who supervises whom, as far as escalation needs it (row D5).</summary>
internal static class TeamEndpoints
{
    private const string Tag = "Teams";

    public static void MapTeams(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/teams", ListAsync).Describe("listTeams", Tag, "Lists the teams in the order of their names.").ForStaff()
            .Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<TeamView>>(200, "A page of them.");
        routes.MapPost("/v1/teams", CreateAsync).Describe("createTeam", Tag, "Sets a team up: who takes over its tickets at each escalation level.",
                "An escalation goes to the supervisor of its level, or of the highest level below that has one. A team with `answersForOthers` also answers for tickets that no team set up here is responsible for.").For(RuleChanges.Writers)
            .Takes<Team>(RuleExamples.Team).Answers<TeamView>(201, "It is set up.", etag: true, location: true).Refuses(ProblemTypes.NameTaken, RuleProblem.InvalidTeam);
        routes.MapGet("/v1/teams/{name}", GetAsync).Describe("getTeam", Tag, "A team as it stands.").ForStaff()
            .Answers<TeamView>(200, "The team.", etag: true).Refuses(ProblemTypes.NotFound);
        routes.MapPut("/v1/teams/{name}", PutAsync).Describe("putTeam", Tag, "Changes a team; tickets that are escalated from then on go to its new supervisors.").For(RuleChanges.Writers)
            .Takes<Team>(RuleExamples.Team).Answers<TeamView>(200, "It is changed.", etag: true).Refuses(ProblemTypes.NotFound, ProblemTypes.StaleVersion, RuleProblem.InvalidTeam);
    }

    private static async Task<IResult> ListAsync(HttpContext http, SettingQuery settings)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var rows = await settings.ListAsync(SettingKind.Team, NameCursor.Decode(query), limit + 1, http.RequestAborted);
        return new Answer(NameCursor.PageOf([.. rows.Select(row => TeamView.Of(DefinitionJson.Read<Team>(row.Body), row.Version))], limit, view => view.Name));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, RuleChanges changes)
    {
        var body = await JsonBody.ReadAsync<Team>(http);
        var team = await changes.CreateAsync(RuleStreams.Teams, body.Value.Name, http, body, t => t.Create(body.Value));
        return new Answer(ViewOf(team), 201, team.Version, $"/v1/teams/{Uri.EscapeDataString(team.Name)}");
    }

    private static async Task<IResult> GetAsync(string name, HttpContext http, ConfiguredStreams streams)
    {
        var team = await streams.LoadAsync(RuleStreams.Teams, RuleStreams.Teams.IdOf(name), cancellation: http.RequestAborted);
        return team.Version == 0 ? new Problem(ProblemTypes.NotFound) : new Answer(ViewOf(team), Version: team.Version);
    }

    private static async Task<IResult> PutAsync(string name, HttpContext http, RuleChanges changes)
    {
        var body = await JsonBody.ReadAsync<Team>(http);
        var team = await changes.ChangeAsync(RuleStreams.Teams, name, http, body, t => t.Save(name, body.Value));
        return new Answer(ViewOf(team), Version: team.Version);
    }

    private static TeamView ViewOf(TeamHistory team) => TeamView.Of(DefinitionJson.Read<Team>(team.Definition), (int)team.Version);
}

/// <summary>A team as the API answers it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version, from 1.</param>
/// <param name="Supervisors">Who takes over at each level.</param>
/// <param name="AnswersForOthers">Whether its supervisors also answer for tickets that no other team answers for.</param>
public sealed record TeamView(string Name, int Version, IReadOnlyList<Supervisor> Supervisors, bool AnswersForOthers)
{
    internal static TeamView Of(Team team, int version) => new(team.Name, version, [.. team.Supervisors.OrderBy(s => s.Level)], team.AnswersForOthers);
}
