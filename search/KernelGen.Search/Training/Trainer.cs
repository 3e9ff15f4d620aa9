using KernelGen.Search.Data;
using TorchSharp;
using static KernelGen.Search.Training.TorchScalars;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>Trains networks, masked or whole, in a way that can be stopped and resumed without a trace.</summary>
public static class Trainer
{
    /// <summary>
    /// Trains the network in place. A run that was killed and is resumed from a saved state ends with the very same weights
    /// as one that was not.
    /// </summary>
    /// <param name="network">With preprocessing in its input; its masks stay in force.</param>
    /// <param name="resumeFrom">The state after some epochs of an earlier run with the same arguments; null: from the start.</param>
    /// <param name="checkpoint">Gets the state after each epoch.</param>
    /// <param name="teacher">Of the same preprocessing: its scores are learnt as well (see <see cref="TrainingOptions.DistillationWeight"/>).</param>
    /// <exception cref="OperationCanceledException">The state then is that of the last checkpoint.</exception>
    /// <exception cref="InvalidDataException"><paramref name="resumeFrom"/> is of another network.</exception>
    public static void Train(
        TrainableNetwork network,
        ImageSet images,
        TrainingOptions options,
        TrainingState? resumeFrom = null,
        Action<TrainingState>? checkpoint = null,
        IProgress<TrainingProgress>? progress = null,
        Teacher? teacher = null,
        CancellationToken cancellation = default)
    {
        var input = network.Description.Inputs[0];
        if (input.Shape != images.Shape)
        {
            throw new ArgumentException($"{network.Description.Name} takes images of {input.Shape}, but {images.Name} has {images.Shape}.");
        }

        var preprocessing = input.Preprocessing
            ?? throw new ArgumentException($"{network.Description.Name} has no preprocessing; see {nameof(ImagePreprocessing)}.");
        var loader = new BatchLoader(images, preprocessing, options);
        using var optimizer = new NesterovOptimizer(network, options);
        if (resumeFrom is not null)
        {
            optimizer.Restore(resumeFrom);
        }

        var run = new Run(network, teacher, options, optimizer, loader, progress, cancellation);
        network.Precision = options.Precision;
        try
        {
            for (var epoch = resumeFrom?.Epochs ?? 0; epoch < options.Epochs; epoch++)
            {
                run.TrainEpoch(epoch);
                checkpoint?.Invoke(optimizer.Save(epoch + 1));
            }
        }
        finally
        {
            (network.Training, network.Precision) = (false, Precision.Single);
        }
    }

    /// <summary>Puts a saved state's weights into a network, e.g. the finished state of an earlier run.</summary>
    /// <exception cref="InvalidDataException">The state is of another network.</exception>
    public static void Restore(TrainableNetwork network, TrainingState state)
    {
        using var optimizer = new NesterovOptimizer(network, new TrainingOptions());
        optimizer.Restore(state);
    }

    private sealed record Run(
        TrainableNetwork Network,
        Teacher? Teacher,
        TrainingOptions Options,
        NesterovOptimizer Optimizer,
        BatchLoader Loader,
        IProgress<TrainingProgress>? Progress,
        CancellationToken Cancellation)
    {
        public void TrainEpoch(int epoch)
        {
            Network.Training = true;
            var steps = (long)Options.Epochs * Loader.Count;
            var (step, total) = (0, 0.0);
            foreach (var batch in Loader.Epoch(epoch))
            {
                Cancellation.ThrowIfCancellationRequested();
                using var scope = torch.NewDisposeScope();
                var rate = Options.LearningRate(((long)epoch * Loader.Count) + step, steps);
                var images = TorchRuntime.Copy(batch.Images, Loader.BatchShape);
                var loss = Loss(images, torch.tensor(batch.Labels), Teacher?.Scores(Loader.Sequence, epoch, step, images));
                Optimizer.Step(loss, rate);
                total += loss.item<float>();
                step++;
                Progress?.Report(new TrainingProgress(epoch, Options.Epochs, step, Loader.Count, total / step, rate));
            }
        }

        private Tensor Loss(Tensor images, Tensor labels, Tensor? taught)
        {
            var scores = Network.Scores(images);
            var loss = F.cross_entropy(scores, labels);
            if (taught is null)
            {
                return loss;
            }

            var temperature = Constant(Options.DistillationTemperature);
            var wanted = taught.div(temperature).softmax(1);
            var got = scores.div(temperature).log_softmax(1);
            var distance = (wanted * got).sum(1).mean().mul(Constant(-Options.DistillationTemperature * Options.DistillationTemperature));
            return loss.mul(Constant(1 - Options.DistillationWeight)).Plus(distance.mul(Constant(Options.DistillationWeight)));
        }
    }
}
