using System.Security.Cryptography;
using System.Text;

namespace KernelGen.Search.Study;

/// <summary>
/// Lets one process at a time write a study's results into a folder: what is added to those of other jobs is read, and then written, and two
/// that did so at once would lose the rows of one. A named mutex of this user's on this machine, which leaves no file there and ends with its process.
/// </summary>
internal static class StudyLock
{
    /// <summary>Longer than documents and pictures take, and the timing of all networks that are kept.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <exception cref="StudyException">Another process writes there all the time.</exception>
    public static void Alone(string folder, Action action)
    {
        var place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var name = "kernelgen-study-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(place)).AsSpan(0, 16));

        // Every terminal is a session of its own.
        using var mutex = new Mutex(false, name, new NamedWaitHandleOptions { CurrentSessionOnly = false });
        if (!IsTaken(mutex))
        {
            throw new StudyException($"Another kernelgen study writes to {folder}. Try again when it is done.");
        }

        try
        {
            action();
        }
        finally
        {
            mutex.ReleaseMutex();
        }
    }

    private static bool IsTaken(Mutex mutex)
    {
        try
        {
            return mutex.WaitOne(Patience);
        }
        catch (AbandonedMutexException)
        {
            // Its process was killed; every file that it wrote is whole.
            return true;
        }
    }
}
