using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Latency;
using KernelGen.Search.Pruning;

namespace KernelGen.Search;

/// <summary>What the searches found.</summary>
/// <param name="Baseline">Score of the dense network.</param>
/// <param name="ErrorLimit">
/// Percentage points of error above the dense network's that candidates may have before retraining: one side of the box that
/// hypervolumes are shares of.
/// </param>
/// <param name="Methods">The search itself first, then the controls.</param>
internal sealed record SearchOutcome(Score Baseline, double ErrorLimit, EquatableArray<SearchedMethod> Methods, TimeModelCheck TimeModel);

/// <summary>What one method found and what became of it.</summary>
/// <param name="Repaired">Loss on the select images, in percentage points, and estimated time of candidates spread over its front, repaired but not retrained.</param>
/// <param name="Networks">One per tolerance, in order; two tolerances may have the same. Empty for a control that is not retrained.</param>
internal sealed record SearchedMethod(string Name, SearchState State, EquatableArray<FrontPoint> Repaired, EquatableArray<PrunedNetwork> Networks);

/// <summary>A candidate after retraining, or after repair where that is enough.</summary>
/// <param name="Tolerance">Percentage points that it may lose on the select images.</param>
/// <param name="Description">Compacted and sparse, with batch norms.</param>
/// <param name="SelectLoss">Percentage points that it misclassifies more of the select images than the dense network.</param>
/// <param name="EstimatedMicroseconds">By the latency table.</param>
/// <param name="Retrainings">How many candidates were fully retrained, for all tolerances.</param>
internal sealed record PrunedNetwork(
    double Tolerance, Genome Genome, NetworkDescription Description, double SelectLoss, double EstimatedMicroseconds, int Retrainings);
