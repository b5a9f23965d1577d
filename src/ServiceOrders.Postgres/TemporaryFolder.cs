namespace ServiceOrders.Postgres;

/// <summary>
/// Folders for servers that live no longer than their process. A process that is killed leaves its folder and its server behind; so whoever makes a new one
/// first clears away those that nobody holds the lock of any more.
/// </summary>
internal static class TemporaryFolder
{
    private const string Prefix = "service-orders-postgres-";
    private const int Attempts = 10;
    private static readonly TimeSpan StopAllowed = TimeSpan.FromSeconds(5);

    /// <summary>A new one, locked.</summary>
    public static async Task<DataFolder> CreateAsync(TimeProvider time)
    {
        await SweepAsync(time);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return DataFolder.Open(Directory.CreateTempSubdirectory(Prefix).FullName);
            }
            catch (PrivatePostgresException) when (attempt < Attempts)
            {
                // Another process swept it between its making and its locking.
            }
        }
    }

    private static async Task SweepAsync(TimeProvider time)
    {
        foreach (var path in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            try
            {
                using var abandoned = DataFolder.Open(path);
                await abandoned.ClearFormerServerAsync(StopAllowed, time);
                abandoned.Delete();
            }
            catch (Exception e) when (e is PrivatePostgresException or IOException or UnauthorizedAccessException)
            {
                // In use, or another user's: not ours to clear.
            }
        }
    }
}
