using System.CommandLine;

namespace ServiceOrders.Cli.Commands;

/// <summary>The options of commands that ask the service.</summary>
/// <param name="whose">Whose key it takes.</param>
internal sealed class ServerOptions(string whose)
{
    private const string Variable = "SERVICE_ORDERS_KEY";

    /// <summary>Where the service is.</summary>
    public Option<string> Address { get; } = new("--server") { Description = "The service's address.", DefaultValueFactory = _ => "http://127.0.0.1:5080" };

    /// <summary>The key.</summary>
    public Option<string?> Key { get; } = new("--key") { Description = $"{whose}; better in the environment: {Variable}." };

    /// <summary>The way to the service.</summary>
    /// <exception cref="CommandException">No key, or no address.</exception>
    public HttpClient Client(Desk desk, ParseResult parsed)
    {
        var key = parsed.GetValue(Key) ?? desk.Variable(Variable) ?? throw new CommandException(ExitCode.Usage, $"A key is needed: --key, or {Variable} in the environment.");
        if (!Uri.TryCreate(parsed.GetValue(Address), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new CommandException(ExitCode.Usage, "--server must be an address like http://127.0.0.1:5080.");
        return Server.Client(desk, address, key);
    }
}
