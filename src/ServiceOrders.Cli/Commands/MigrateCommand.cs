using System.CommandLine;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Cli.Commands;

/// <summary><c>service-orders migrate</c>: brings a database to this version's schema, as the service does when it starts; for whoever wants that done before, by another user.</summary>
internal static class MigrateCommand
{
    private const string Variable = "ConnectionStrings__ServiceOrders";

    /// <summary>The command.</summary>
    public static Command Of(Desk desk)
    {
        var connection = new Option<string?>("--connection") { Description = $"The database's connection string; better in the environment: {Variable}." };
        var command = new Command("migrate", "Brings a database to this version's schema. Several at once do no harm: one works, the others wait.") { connection };
        command.SetAction((parsed, cancellation) => Running.Guarded(desk, () => RunAsync(desk, parsed.GetValue(connection), cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(Desk desk, string? named, CancellationToken cancellation)
    {
        var connection = named ?? desk.Variable(Variable) ?? throw new CommandException(ExitCode.Usage, $"A database is needed: --connection, or {Variable} in the environment.");
        try
        {
            await using var database = new StoreDatabase(connection);
            var applied = await Migrator.ApplyAsync(database, ServiceSchema.Scripts, cancellation);
            foreach (var script in applied) await desk.Output.WriteLineAsync(script);
            await desk.Error.WriteLineAsync(applied.Count == 0 ? "nothing to do" : $"{applied.Count} applied");
            return ExitCode.Done;
        }
        catch (ArgumentException wrong)
        {
            throw new CommandException(ExitCode.Usage, $"This is no connection string: {wrong.Message}");
        }
        catch (Exception trouble) when (trouble is MigrationException or NpgsqlException or StoreUnavailableException)
        {
            throw new CommandException(ExitCode.Unavailable, trouble.Message);
        }
    }
}
