using System.Text.Json;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Simulating;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli.Simulating;

/// <summary>What is to be simulated, from files: the shapes are the API's own, and so is the strictness.</summary>
/// <param name="desk">Has standard input.</param>
internal sealed class CandidateFiles(Desk desk)
{
    /// <summary>What is tried out.</summary>
    /// <param name="policy">A file, or the name of a policy.</param>
    /// <param name="calendars">Files.</param>
    /// <param name="until">The end of what is looked at.</param>
    /// <exception cref="CommandException">A file cannot be read, or is not JSON of its kind.</exception>
    public SimulationRequest Request(string? policy, IReadOnlyList<string> calendars, DateTimeOffset? until) => new()
    {
        Policy = policy is null ? null : IsFile(policy) ? Read<JsonElement>(policy) : JsonSerializer.SerializeToElement(policy),
        Calendars = [.. calendars.Select(Read<CalendarDefinition>)], Until = until,
    };

    /// <summary>A sequence of acts.</summary>
    /// <exception cref="CommandException">The file cannot be read, or is no sequence.</exception>
    public IReadOnlyList<JsonElement> Acts(string file) => Read<IReadOnlyList<JsonElement>>(file);

    /// <summary>Kinds by their names in the API.</summary>
    /// <exception cref="CommandException">One is none.</exception>
    public static IReadOnlyList<TicketKind> Kinds(IReadOnlyList<string> names) => [.. names.Select(name => EnumNames.TryParse<TicketKind>(name, out var kind) ? kind
        : throw new CommandException(ExitCode.Usage, $"--kind {EnumNames.Shape<TicketKind>()}."))];

    /// <summary>Names of policies have neither dots nor slashes.</summary>
    private static bool IsFile(string policy) => policy == "-" || policy.Contains('.', StringComparison.Ordinal) || policy.Contains('/', StringComparison.Ordinal) || File.Exists(policy);

    private T Read<T>(string file)
    {
        try
        {
            using var stream = file == "-" ? desk.OpenInput() : File.OpenRead(file);
            return JsonSerializer.Deserialize<T>(stream, ApiJson.Options) ?? throw new JsonException("it is null");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{file} cannot be read: {unreadable.Message}");
        }
        catch (JsonException wrong)
        {
            throw new CommandException(ExitCode.Usage, $"{file} is not what it should be: {wrong.Message}");
        }
    }
}
