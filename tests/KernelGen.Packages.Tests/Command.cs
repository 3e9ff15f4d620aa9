using System.Diagnostics;

namespace KernelGen.Packages.Tests;

/// <summary>Runs programs, the .NET command line above all.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Runs <c>dotnet</c> with these arguments to its end.</summary>
    /// <exception cref="TimeoutException">It took more than five minutes and was ended.</exception>
    public static Task<CommandResult> DotNet(string directory, params string[] arguments) =>
        Run(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", directory, arguments);

    /// <summary>Runs a program with these arguments to its end.</summary>
    /// <exception cref="TimeoutException">It took more than five minutes and was ended.</exception>
    public static async Task<CommandResult> Run(string program, string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the build that runs these tests has set would steer the inner one.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} took more than {Limit}.");
        }

        return new CommandResult(process.ExitCode, await output + await error);
    }
}

/// <param name="Output">Standard output, then standard error.</param>
internal sealed record CommandResult(int ExitCode, string Output)
{
    public CommandResult AssertSuccess()
    {
        Assert.True(ExitCode == 0, Output);
        return this;
    }
}
