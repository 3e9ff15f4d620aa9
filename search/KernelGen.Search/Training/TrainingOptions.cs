using KernelGen.Search.Data;

namespace KernelGen.Search.Training;

/// <summary>How to train. The defaults are chosen for the LeNets on the embedded images, unless they say otherwise.</summary>
public sealed record TrainingOptions
{
    /// <summary>Of the order of images and of their augmentation.</summary>
    public long Seed { get; init; } = 1;

    public int Epochs { get; init; } = 10;

    public int BatchSize { get; init; } = 64;

    /// <summary>The highest learning rate of the one cycle.</summary>
    public double PeakLearningRate { get; init; } = 0.1;

    /// <summary>The part of all steps in which the learning rate rises to its peak.</summary>
    public double WarmUp { get; init; } = 0.25;

    public double Momentum { get; init; } = 0.9;

    /// <summary>On weights only, not on biases and batch norm.</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>Images are moved by up to this many pixels in each direction; what comes in is zero bytes.</summary>
    public int MaximumShift { get; init; } = 1;

    /// <summary>Half of the images are mirrored left to right: for photographs and clothes, not for digits.</summary>
    public bool Flip { get; init; }

    /// <summary>
    /// The share of the loss that asks for the teacher's scores instead of the labels, if there is a teacher. Its part is also multiplied by the square of the
    /// temperature: at 3, a share of 0.2 is 1.8 to the labels' 0.8. Two ResNet-8s pruned to 0.43 of their time misclassified on average 14.9% of 6,000 held-back images
    /// after 40 epochs with 0.2; 15.2% with 0.4, 15.6% with 0.55, 16.0% with 0.7, 16.4% with 0.9, and 15.4% without the teacher, which itself misclassified 14.4%
    /// (one or two trainings of each, the same way in PyTorch on a GPU). To LeNets it made little difference.
    /// </summary>
    public double DistillationWeight { get; init; } = 0.2;

    /// <summary>Scores are divided by this before teacher and student are compared (Hinton, Vinyals, Dean, 2015).</summary>
    public double DistillationTemperature { get; init; } = 3;

    /// <summary>Mixed takes less time where the processor supports it (<see cref="TorchRuntime.FastestPrecision"/>).</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// The defaults for these images: mirrored and moved further if they are in colour, as photographs are; Fashion-MNIST, too, is mirrored. Other grey images may be digits
    /// or letters, which are not themselves in a mirror.
    /// </summary>
    public static TrainingOptions For(ImageSet images) => new()
    {
        Flip = images.Shape.Maps == 3 || images.Name.Contains("fashion", StringComparison.OrdinalIgnoreCase),
        MaximumShift = images.Shape.Maps == 3 ? 2 : 1,
    };

    /// <summary>
    /// The learning rate of one step: up to the peak and down to almost nothing along half cosines (Smith, Topin, 2017).
    /// </summary>
    /// <param name="step">0 ≤ step &lt; steps, over all epochs.</param>
    public double LearningRate(long step, long steps)
    {
        const double initial = 1.0 / 25;
        const double final = 1e-4;
        var top = Math.Max(1, WarmUp * steps);
        var (from, to, way) = step < top
            ? (initial, 1.0, step / top)
            : (1.0, final, (step - top) / Math.Max(1, steps - top));
        return PeakLearningRate * (to + ((from - to) * (1 + Math.Cos(Math.PI * way)) / 2));
    }
}

/// <summary>Where a training run is.</summary>
/// <param name="Epoch">Epochs that are complete.</param>
/// <param name="Step">Steps of the current epoch that are done.</param>
/// <param name="Loss">Mean loss of the epoch so far.</param>
public sealed record TrainingProgress(int Epoch, int Epochs, int Step, int Steps, double Loss, double LearningRate);
