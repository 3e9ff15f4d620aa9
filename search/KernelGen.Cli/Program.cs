using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using KernelGen.Cli;

using var interruption = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

try
{
    var parsed = CommandTree.Create().Parse(args);
    if (parsed.Action is ParseErrorAction)
    {
        return Failures.Usage(parsed);
    }

    // Our own handlers see to interruption and failures: one line each, no trace.
    var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await parsed.InvokeAsync(configuration, interruption.Token);
}
catch (Exception e)
{
    return Failures.Report(e);
}

// The first signal asks the command to stop at a point it can resume from; the second ends the process at once.
void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = !interruption.IsCancellationRequested;
    interruption.Cancel();
}
