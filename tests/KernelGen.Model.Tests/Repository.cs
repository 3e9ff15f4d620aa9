namespace KernelGen.Model.Tests;

/// <summary>Finds files of the working copy that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "KernelGen.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("KernelGen.sln is in none of the folders above " + AppContext.BaseDirectory);
    }
}
