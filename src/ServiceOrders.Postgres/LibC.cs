using System.Runtime.InteropServices;

namespace ServiceOrders.Postgres;

/// <summary>The calls of the system that .NET has no method for.</summary>
internal static partial class LibC
{
    public const int SigInt = 2;
    public const int SigKill = 9;

    /// <summary>Sends a signal. A process that is gone needs none; one that will not go is noticed by whoever waits for its end.</summary>
    public static void Signal(int process, int signal) => _ = Kill(process, signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
