using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.EventStore;

/// <summary>
/// Brings a database to the program's schema: the numbered scripts that the given assemblies embed (<c>Sql/NNN_name.sql</c>), each once, each in a transaction of its own,
/// recorded with a checksum in <c>events.schema_versions</c>. Several nodes may start at once: one works, the others wait and find nothing left to do.
/// A script that was applied is released: it is never edited, a change is a new script. Where nothing is missing, nothing but a look is taken, so that the service can start
/// under a login that may change no schema.
/// </summary>
public static class Migrator
{
    private const string Versions = "events.schema_versions";

    // "create schema if not exists" asks for the right to create even where the schema exists.
    private const string Prepare = """
        do $$ begin if to_regnamespace('events') is null then create schema events; end if; end $$;
        create table if not exists events.schema_versions (
            module     text                     not null,
            number     integer                  not null,
            name       text                     not null,
            checksum   bytea                    not null,
            applied_at timestamp with time zone not null default now(),
            primary key (module, number)
        );
        """;

    /// <summary>Applies what is missing.</summary>
    /// <param name="database">The database; where something is missing, the user must own the schemas or be allowed to create them.</param>
    /// <param name="assemblies">In this order; an assembly's scripts may use what earlier ones made.</param>
    /// <returns>The scripts applied now, as <c>module/NNN_name</c>.</returns>
    /// <exception cref="MigrationException">A released script was edited, a script was put in before released ones, or the user may not apply what is missing.</exception>
    public static Task<IReadOnlyList<string>> ApplyAsync(StoreDatabase database, params Assembly[] assemblies) =>
        ApplyAsync(database, [.. assemblies.SelectMany(MigrationScript.EmbeddedIn)]);

    /// <summary>Applies what is missing of the given scripts.</summary>
    /// <param name="database">The database.</param>
    /// <param name="scripts">Grouped by module, rising numbers within each.</param>
    /// <param name="cancellation">Cancels between and within scripts; what was applied stays.</param>
    public static async Task<IReadOnlyList<string>> ApplyAsync(StoreDatabase database, IReadOnlyList<MigrationScript> scripts, CancellationToken cancellation = default)
    {
        await using var connection = await database.Dedicated.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        // A look first, without lock: each script's record was committed together with what it made.
        if (Missing(scripts, await ReleasedAsync(connection, cancellation).ConfigureAwait(false)) is not [var first, ..]) return [];
        try
        {
            return await ApplyMissingAsync(connection, scripts, cancellation).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationException($"This database lacks script {first}, and the user of this connection may not apply it. Have the schemas' owner run: service-orders migrate.", refused);
        }
    }

    private static async Task<IReadOnlyList<string>> ApplyMissingAsync(NpgsqlConnection connection, IReadOnlyList<MigrationScript> scripts, CancellationToken cancellation)
    {
        // The scripts' own time: an index on a large table takes what it takes. The lock ends with the connection.
        await RunAsync(connection, "set statement_timeout = 0; set lock_timeout = 0; select pg_advisory_lock(21327, 3);", cancellation).ConfigureAwait(false);
        await RunAsync(connection, Prepare, cancellation).ConfigureAwait(false);
        var missing = Missing(scripts, await ReleasedAsync(connection, cancellation).ConfigureAwait(false));
        foreach (var script in missing) await ApplyAsync(connection, script, cancellation).ConfigureAwait(false);
        return [.. missing.Select(script => script.ToString())];
    }

    /// <summary>What has not been applied yet.</summary>
    /// <exception cref="MigrationException">A released script was edited, or a script was put in before released ones.</exception>
    private static List<MigrationScript> Missing(IReadOnlyList<MigrationScript> scripts, Dictionary<(string Module, int Number), byte[]> released)
    {
        List<MigrationScript> missing = [];
        foreach (var script in scripts)
        {
            if (!released.TryGetValue((script.Module, script.Number), out var checksum)) missing.Add(script);
            else if (!checksum.AsSpan().SequenceEqual(script.Checksum))
                throw new MigrationException($"Script {script} was applied to this database and has been edited since. Undo the edit and put the change into a new script.");
        }
        return missing.Find(script => released.Keys.Any(known => known.Module == script.Module && known.Number > script.Number)) is { } late
            ? throw new MigrationException($"Script {late} comes before one that this database already has. Give it the next free number.") : missing;
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, MigrationScript script, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await RunAsync(connection, script.Sql, cancellation).ConfigureAwait(false);
        await using var record = new NpgsqlCommand("insert into events.schema_versions (module, number, name, checksum) values ($1, $2, $3, $4)", connection, transaction)
        {
            Parameters = { new() { Value = script.Module }, new() { Value = script.Number }, new() { Value = script.Name }, new() { Value = script.Checksum, NpgsqlDbType = NpgsqlDbType.Bytea } },
        };
        await record.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    private static async Task<Dictionary<(string Module, int Number), byte[]>> ReleasedAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        Dictionary<(string, int), byte[]> released = [];
        await using (var look = new NpgsqlCommand("select to_regclass($1) is not null", connection) { Parameters = { new() { Value = Versions } } })
            if (await look.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is not true) return released;
        await using var command = new NpgsqlCommand($"select module, number, checksum from {Versions}", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            released.Add((reader.GetString(0), reader.GetInt32(1)), reader.GetFieldValue<byte[]>(2));
        return released;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
#pragma warning disable CA2100 // the program's own scripts
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}

/// <summary>A numbered script.</summary>
/// <param name="Module">Whose: the assembly's name.</param>
/// <param name="Number">Its place within the module, from 1.</param>
/// <param name="Name">What it does.</param>
/// <param name="Sql">One or more statements; no transaction control.</param>
public sealed record MigrationScript(string Module, int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the text, line ends aside.</summary>
    public byte[] Checksum { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n")));

    /// <summary>The scripts embedded in an assembly as <c>Sql/NNN_name.sql</c>, in order.</summary>
    /// <exception cref="MigrationException">Two scripts have the same number.</exception>
    public static IEnumerable<MigrationScript> EmbeddedIn(Assembly assembly)
    {
        var module = assembly.GetName().Name!;
        var scripts = assembly.GetManifestResourceNames()
            .Where(name => name.Contains(".Sql.", StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => Read(assembly, module, name)).OrderBy(script => script.Number).ToList();
        for (var i = 1; i < scripts.Count; i++)
            if (scripts[i].Number == scripts[i - 1].Number) throw new MigrationException($"Scripts {scripts[i - 1]} and {scripts[i]} have the same number.");
        return scripts;
    }

    /// <summary><c>module/NNN_name</c>.</summary>
    public override string ToString() => $"{Module}/{Number:000}_{Name}";

    private static MigrationScript Read(Assembly assembly, string module, string resource)
    {
        var file = resource[(resource.IndexOf(".Sql.", StringComparison.Ordinal) + 5)..^4];
        var (number, name) = file.Split('_', 2) is [var digits, var rest] && int.TryParse(digits, out var parsed)
            ? (parsed, rest) : throw new MigrationException($"{resource} is not named NNN_name.sql.");
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return new MigrationScript(module, number, name, reader.ReadToEnd());
    }
}

/// <summary>The database's schema and the program's do not fit together.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
