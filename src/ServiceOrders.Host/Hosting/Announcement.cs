namespace ServiceOrders.Host.Hosting;

/// <summary>What the operator is told on the console when the service is ready. Not the log's business: a key must not get there.</summary>
public static class Announcement
{
    /// <summary>Prints the addresses and, at the very first start, the administrator's key.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="addresses">Where the service listens.</param>
    /// <param name="administratorKey">The key that was generated; null: it was preset, or this is a later start.</param>
    public static void Print(TextWriter console, IEnumerable<string> addresses, string? administratorKey)
    {
        ArgumentNullException.ThrowIfNull(console);
        foreach (var address in addresses) console.WriteLine($"ServiceOrders listens on {address} (try {address}/swagger)");
        if (administratorKey is not null)
        {
            console.WriteLine($"First administrator's key: {administratorKey}");
            console.WriteLine("Keep it: it is shown this once.");
        }
        console.Flush();
    }
}
