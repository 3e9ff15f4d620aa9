namespace KernelGen.Search.Evolution;

/// <summary>One candidate, repaired but not retrained.</summary>
/// <param name="Loss">Percentage points of error more than the dense network, on the select images, before retraining.</param>
/// <param name="Microseconds">By the latency table.</param>
public sealed record FrontPoint(double Loss, double Microseconds);
