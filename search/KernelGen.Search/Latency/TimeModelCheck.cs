namespace KernelGen.Search.Latency;

/// <summary>How well the latency table predicted whole networks that it was not made from.</summary>
/// <param name="Networks">How many were generated, compiled and timed to check it.</param>
/// <param name="MeanError">Mean |predicted − measured| / measured, in percent.</param>
/// <param name="LargestError">The largest one, in percent.</param>
public sealed record TimeModelCheck(int Samples, int Networks, double MeanError, double LargestError);
