using System.Text;

namespace ServiceOrders.AuditLog.Signing;

/// <summary>A file that holds a secret: readable by its owner alone, there whole or not at all.</summary>
public static class SecretFile
{
    /// <summary>Makes the file, unless it is there. Of several processes that do so at once one wins, and all read the same afterwards.</summary>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="secret">ASCII.</param>
    public static void MakeOnce(string path, string secret)
    {
        var mine = Write(path, secret);
        try
        {
            if (OperatingSystem.IsWindows())
            {
                File.Move(mine, path, overwrite: false);
                return;
            }
            // A link is made only where there is nothing, in one step; File.Move looks first and moves then, and two would both find nothing. Whoever made the link owns the name, and puts the file there.
            File.CreateSymbolicLink(path, Path.GetFileName(mine));
        }
        catch (IOException) when (IsThere(path))
        {
            File.Delete(mine);
            return;
        }
        File.Move(mine, path, overwrite: true);
    }

    /// <summary>Puts the file in the place of what was there.</summary>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="secret">ASCII.</param>
    public static void Replace(string path, string secret) => File.Move(Write(path, secret), path, overwrite: true);

    /// <summary>What it says. For a moment after it was made its name is a link, which may be replaced by the file while it is followed; looked at twice, it is there.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (FileNotFoundException)
        {
            return File.ReadAllText(path);
        }
    }

    private static bool IsThere(string path) => File.Exists(path) || File.Exists(path);

    private static string Write(string path, string secret)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var mine = $"{path}.{Path.GetRandomFileName()}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(mine, options);
        file.Write(Encoding.ASCII.GetBytes(secret));
        file.Flush(flushToDisk: true);
        return mine;
    }
}
