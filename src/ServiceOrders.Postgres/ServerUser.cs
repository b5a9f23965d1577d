namespace ServiceOrders.Postgres;

/// <summary>
/// Who the server runs as. PostgreSQL refuses root; so a root process steps down, with <c>setpriv</c>, to <c>postgres</c> where the distribution's package made
/// that user, else to <c>nobody</c>. Any other user runs it as himself.
/// </summary>
internal sealed record ServerUser(string? StepDownTo)
{
    /// <summary>The user for this process.</summary>
    public static ServerUser Current() => new(LibC.EffectiveUserId() != 0 ? null : Exists("postgres") ? "postgres" : "nobody");

    /// <summary>The command line as this user runs it.</summary>
    public string[] Command(params IEnumerable<string> command) =>
        StepDownTo is null ? [.. command] : ["setpriv", $"--reuid={StepDownTo}", $"--regid={GroupId()}", "--init-groups", "--", .. command];

    /// <summary>Gives a folder and all in it to the user, and makes sure that he can reach it.</summary>
    /// <exception cref="PrivatePostgresException">He cannot.</exception>
    public async Task OwnAsync(string folder, CancellationToken cancellation)
    {
        if (StepDownTo is null) return;
        var given = await Commands.RunAsync(["chown", "-R", $"{StepDownTo}:{GroupId()}", folder], "/", cancellation);
        if (given.ExitCode != 0) throw new PrivatePostgresException($"Cannot give {folder} to the user {StepDownTo}: {given.Output.Trim()}");
        var reached = await Commands.RunAsync(Command("test", "-w", folder), "/", cancellation);
        if (reached.ExitCode != 0)
        {
            throw new PrivatePostgresException($"The server must not run as root, and the user {StepDownTo}, whom it runs as instead, cannot reach {folder} "
                + $"{reached.Output.Trim()}. Choose a data folder whose parents everyone may enter (ServiceOrders__DataDirectory), for example below /var/lib.");
        }
    }

    private static bool Exists(string user) => Entry(user) is not null;

    private string GroupId() => Entry(StepDownTo!)?[3] ?? throw new PrivatePostgresException($"There is no user {StepDownTo} to step down to from root.");

    private static string[]? Entry(string user) =>
        File.ReadLines("/etc/passwd").Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 3 && fields[0] == user);
}
