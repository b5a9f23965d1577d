using Microsoft.AspNetCore.Connections;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Postgres;

namespace ServiceOrders.Host.Hosting;

/// <summary>The service cannot start as it is set up. The message says why and what to do, in one line, and names no secret.</summary>
/// <param name="message">Why, and what to do.</param>
public sealed class StartRefusedException(string message) : InvalidOperationException(message);

/// <summary>Why the service does not start, in words for the operator. Whatever is no refusal is a defect, and keeps its stack trace.</summary>
public static class StartRefusal
{
    /// <summary>The one line to tell; null: the failure is a defect.</summary>
    public static string? Of(Exception failure) => failure switch
    {
        PrivatePostgresException or MigrationException or StartRefusedException => OneLine(failure.Message),
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            "The database refuses the user or password that ConnectionStrings__ServiceOrders names.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } missing => $"{OneLine(missing.MessageText)}: make the database that ConnectionStrings__ServiceOrders names, or correct its name.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused => $"The database refuses what the service needs: {OneLine(refused.MessageText)}. See deploy/roles.sql.",
        IOException { InnerException: AddressInUseException } => $"{OneLine(failure.Message)} Stop what listens there, or set ASPNETCORE_URLS.",
        _ => null,
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
