using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Latency;

namespace KernelGen.Search.Reports;

/// <summary>Everything that one run of the search found out: what the report shows and <c>summary.json</c> holds.</summary>
/// <param name="TestSplit">Which of the data set's images the report split is.</param>
/// <param name="TestErrorsDense">Misclassified test (report) images, dense network.</param>
/// <param name="Methods">The search itself first (evolution or particle-filter), then the controls.</param>
/// <param name="Generations">Of the search itself.</param>
/// <param name="Reference">
/// The point from which hypervolumes are measured: the loss that candidates may have before retraining, and the dense network's
/// time by the latency table.
/// </param>
/// <param name="Machine">What the times were measured on.</param>
/// <param name="Model">Null: the network is one of the catalogue.</param>
public sealed record PruneResult(
    string Network,
    string Dataset,
    long Seed,
    SplitSizes Images,
    string TestSplit,
    TrainingEpochs Epochs,
    int TestErrorsDense,
    NetworkMeasurement Dense,
    EquatableArray<MethodResult> Methods,
    EquatableArray<GenerationRecord> Generations,
    FrontPoint Reference,
    TimeModelCheck TimeModel,
    string Machine,
    ModelOrigin? Model = null)
{
    /// <summary>Misclassified test images in percent of all of them, with the decimals that files have.</summary>
    internal double ErrorPercent(int testErrors) => Math.Round(100.0 * testErrors / Images.Report, 4);
}

/// <summary>Images to train on, to score candidates on, to compare the best and choose retrained networks on, and to report on, once.</summary>
public sealed record SplitSizes(int Training, int Search, int Select, int Report);

/// <summary>Epochs of the dense network, of a finalist's brief fine-tuning, and of retraining.</summary>
public sealed record TrainingEpochs(int Dense, int Brief, int Retraining);

/// <summary>What one method found.</summary>
/// <param name="Name">evolution, particle-filter, uniform, magnitude, taylor, random, dynamic-programming, scratch, unpruned.</param>
/// <param name="Evaluations">Candidates scored.</param>
/// <param name="Hypervolume">Of <paramref name="Front"/> (before retraining), 0 to 1, from the reference point that all methods of the run share.</param>
/// <param name="Front">Candidates that no other of the method beat in its scores, at most <see cref="Halving.MostFinalists"/>, repaired but not retrained, fastest first.</param>
/// <param name="Networks">Retrained, one per tolerance, in the order of the tolerances.</param>
public sealed record MethodResult(
    string Name, int Evaluations, double Hypervolume, EquatableArray<FrontPoint> Front, EquatableArray<PrunedResult> Networks);

/// <summary>One retrained network.</summary>
/// <param name="Tolerance">Percentage points that it may lose on the select images.</param>
/// <param name="SelectLoss">Percentage points that it loses there; above the tolerance if no candidate came within it.</param>
/// <param name="TestErrors">Misclassified test (report) images.</param>
/// <param name="OnlyDenseWrong">Test images that only the dense network misclassifies (for McNemar's test).</param>
/// <param name="OnlyPrunedWrong">Test images that only the pruned network misclassifies.</param>
/// <param name="MaxDifference">Largest |generated − TorchSharp| over largest |TorchSharp| on the test images.</param>
/// <param name="EstimatedMicroseconds">By the latency table, for comparison with the measured time in <paramref name="Measurement"/>.</param>
/// <param name="Retrainings">How many candidates were fully retrained, for all tolerances.</param>
/// <param name="File">The description's path in the output folder, e.g. pruned-0.5.kgn, controls/uniform-0.5.kgn.</param>
public sealed record PrunedResult(
    double Tolerance,
    double SelectLoss,
    int TestErrors,
    int OnlyDenseWrong,
    int OnlyPrunedWrong,
    double MaxDifference,
    RemovedWeights Removed,
    NetworkMeasurement Measurement,
    double EstimatedMicroseconds,
    EquatableArray<LayerChange> Layers,
    int Retrainings,
    string File)
{
    /// <summary>Whether a candidate came within the tolerance.</summary>
    public bool IsWithinTolerance => SelectLoss <= Tolerance;

    /// <summary>What a user must know who counts on the tolerance; null if it was kept on the select and on the test images.</summary>
    public string? Caveat(SplitSizes images) =>
        !IsWithinTolerance
            ? $"It loses {Numbers.Signed(SelectLoss, 2)} points on the select images, so it misses the tolerance; it is the least wrong of the candidates that were retrained."
            : TestLoss(images.Report) > Tolerance
                ? $"It was chosen for losing {Numbers.Signed(SelectLoss, 2)} points on the {Numbers.Count(images.Select)} select images, but loses {Numbers.Signed(TestLoss(images.Report), 2)} on the test images, more than the tolerance. Hold back more images, ask for less, or retrain longer."
                : null;

    /// <summary>Percentage points of error more than the dense network on the report split.</summary>
    /// <param name="images">Images of the report split.</param>
    public double TestLoss(int images) => 100.0 * (OnlyPrunedWrong - OnlyDenseWrong) / images;
}

/// <summary>The user's own network that a run started with.</summary>
/// <param name="File">Its file's name.</param>
/// <param name="Initialized">Whether only its architecture was taken, with new weights.</param>
/// <param name="BatchNorms">How many batch norms were put after layers without one.</param>
/// <param name="IsHeldBack">Whether it surely never learnt from the images that the run held back.</param>
public sealed record ModelOrigin(string File, bool Initialized, int BatchNorms, bool IsHeldBack);

/// <summary>Convolution weights removed, each counted once, by the coarsest granularity that removes it.</summary>
public sealed record RemovedWeights(long Map, long Kernel, long Stride);

/// <summary>Size and speed of one network's generated code.</summary>
/// <param name="Microseconds">Time of one whole inference: the mean over the fastest tenth of the runs.</param>
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
/// <param name="MicrosecondsBefore">Of the layer within the dense network's generated code; 0: not timed.</param>
/// <param name="MicrosecondsAfter">Of the layer within the pruned network's generated code; 0: not timed.</param>
/// <param name="KernelsBefore">Connections between source and target maps; 0 for fully connected layers.</param>
/// <param name="KernelsAfter">Those that are left.</param>
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
    string Schedule,
    double MicrosecondsBefore,
    double MicrosecondsAfter,
    long KernelsBefore,
    long KernelsAfter);

/// <summary>One generation of the search.</summary>
public sealed record GenerationRecord(int Index, EquatableArray<ParticleRecord> Particles);

/// <summary>One particle as it was scored.</summary>
/// <param name="Error">Misclassification rate on the search images in percent.</param>
/// <param name="EstimatedMicroseconds">Time of its network by the latency table.</param>
/// <param name="WithinLimit">Whether it lost no more than the largest tolerance and what retraining may win back.</param>
public sealed record ParticleRecord(double Error, double EstimatedMicroseconds, bool WithinLimit);
