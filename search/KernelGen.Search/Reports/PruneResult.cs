using KernelGen.Model;

namespace KernelGen.Search.Reports;

/// <summary>Everything that one run of the search found out: what the report shows and <c>summary.json</c> holds.</summary>
/// <param name="Tolerance">Percentage points of error that the search was allowed to lose.</param>
/// <param name="ValidationLoss">
/// Percentage points lost on the validation images, which the tolerance is held to; above it if no candidate came within it.
/// </param>
/// <param name="TestErrorsDense">Misclassified test images, dense network.</param>
/// <param name="TestErrorsPruned">Misclassified test images, pruned network.</param>
/// <param name="OnlyDenseWrong">Test images that only the dense network misclassifies (for McNemar's test).</param>
/// <param name="OnlyPrunedWrong">Test images that only the pruned network misclassifies.</param>
/// <param name="MaxDifference">Largest |generated − TorchSharp| over largest |TorchSharp| on the test images, pruned network.</param>
/// <param name="TestSplit">Which of the data set's images the test images are.</param>
/// <param name="Model">Null: the network is one of the catalogue.</param>
/// <param name="RandomSearch">The best feasible candidate of random search with as many evaluations, for comparison.</param>
public sealed record PruneResult(
    string Network,
    string Dataset,
    long Seed,
    double Tolerance,
    double ValidationLoss,
    int TrainingImages,
    int ValidationImages,
    int TestImages,
    int TestErrorsDense,
    int TestErrorsPruned,
    int OnlyDenseWrong,
    int OnlyPrunedWrong,
    double MaxDifference,
    RemovedWeights Removed,
    NetworkMeasurement Dense,
    NetworkMeasurement Pruned,
    EquatableArray<LayerChange> Layers,
    EquatableArray<GenerationRecord> Generations,
    ControlResult? RandomSearch,
    string AssemblyPath,
    string TestSplit = "test",
    ModelOrigin? Model = null);

/// <summary>The user's own network that a run started with.</summary>
/// <param name="File">Its file's name.</param>
/// <param name="Initialized">Whether only its architecture was taken, with new weights.</param>
/// <param name="BatchNorms">How many batch norms were put after layers without one.</param>
public sealed record ModelOrigin(string File, bool Initialized, int BatchNorms);

/// <summary>Convolution weights removed, each counted once, by the coarsest granularity that removes it.</summary>
public sealed record RemovedWeights(long Map, long Kernel, long Stride);

/// <summary>Size and speed of one network's generated code.</summary>
/// <param name="Microseconds">Median time of one whole inference.</param>
/// <param name="WeightBytes">Bytes of the existing weights and biases.</param>
/// <param name="WorkspaceBytes">Bytes of one instance's workspace.</param>
/// <param name="AssemblyBytes">Size of the compiled assembly.</param>
public sealed record NetworkMeasurement(
    long ConvWeights,
    long DenseWeights,
    long Macs,
    double Microseconds,
    long WeightBytes,
    long WorkspaceBytes,
    long AssemblyBytes);

/// <summary>One convolution or fully connected layer before and after.</summary>
public sealed record LayerChange(
    string Name,
    string Operator,
    int MapsBefore,
    int MapsAfter,
    long WeightsBefore,
    long WeightsAfter,
    long MacsBefore,
    long MacsAfter,
    string Sparsity,
    string Schedule);

/// <summary>One generation of the particle filter.</summary>
public sealed record GenerationRecord(int Index, EquatableArray<ParticleRecord> Particles);

/// <summary>One particle as it was scored.</summary>
/// <param name="Error">Misclassification rate on the search images in percent.</param>
/// <param name="EstimatedMicroseconds">Time of its network by the compiler's cost model.</param>
/// <param name="WithinTolerance">Whether it survived the tolerance.</param>
public sealed record ParticleRecord(double Error, double EstimatedMicroseconds, bool WithinTolerance);

/// <summary>What a control found with as many evaluations, before any retraining. The best is the fastest within the tolerance.</summary>
/// <param name="Hypervolume">Share of the box (tolerated loss × dense time) that the control's front beats.</param>
/// <param name="EvolutionHypervolume">The same of the evolution's front.</param>
public sealed record ControlResult(
    string Name,
    int Evaluations,
    double Error,
    double EstimatedMicroseconds,
    double BestEvolutionError,
    double BestEvolutionMicroseconds,
    double Hypervolume,
    double EvolutionHypervolume);
