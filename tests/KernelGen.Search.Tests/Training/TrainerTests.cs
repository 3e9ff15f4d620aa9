using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Training;

public class TrainerTests
{
    private static readonly ImageSet Images = TinyData.Images(150, seed: 1);
    private static readonly TrainingOptions Options = TinyData.Options with { MaximumShift = 1, Flip = true };

    [Theory]
    [InlineData(Precision.Single)]
    [InlineData(Precision.Mixed)]
    public void A_network_learns(Precision precision)
    {
        using var network = TrainableNetwork.Create(TinyData.Network(Images));
        var unseen = TinyData.Images(90, seed: 2);
        using var tensors = ImageTensors.Create(unseen, network.Description.Inputs[0].Preprocessing!);
        var before = Evaluator.Evaluate(network, tensors);

        Trainer.Train(network, Images, TinyData.Options with { Precision = precision });

        Assert.Equal(Precision.Single, network.Precision);
        var after = Evaluator.Evaluate(network, tensors);
        Assert.True(after.ErrorPercent < 10, $"{after.ErrorPercent}% after, {before.ErrorPercent}% before");
        Assert.True(after.Loss < before.Loss / 2);
        Assert.Equal(after.Errors, after.Predictions.Zip(unseen.Labels).Count(p => p.First != p.Second));
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others()
    {
        Assert.Equal(TrainWhole(Options), TrainWhole(Options));
        Assert.NotEqual(TrainWhole(Options), TrainWhole(Options with { Seed = 9 }));
        Assert.Equal(TrainWhole(Options with { Precision = Precision.Mixed }), TrainWhole(Options with { Precision = Precision.Mixed }));
        Assert.NotEqual(TrainWhole(Options), TrainWhole(Options with { Precision = Precision.Mixed }));
    }

    [Fact]
    public void The_thread_that_trains_does_not_matter()
    {
        NetworkDescription? other = null;
        var thread = new Thread(() => other = TrainWhole(Options));
        thread.Start();
        thread.Join();
        Assert.Equal(TrainWhole(Options), other);
    }

    [Fact]
    public void Images_of_another_shape_are_refused()
    {
        using var network = TrainableNetwork.Create(TinyData.Network(Images));
        var other = Images with { Shape = new Shape(1, 4, 16) };
        Assert.Contains("1×4×16", Assert.Throws<ArgumentException>(() => Trainer.Train(network, other, Options)).Message);
    }

    [Theory]
    [InlineData(1, Precision.Single)]
    [InlineData(3, Precision.Single)]
    [InlineData(4, Precision.Single)]
    [InlineData(2, Precision.Mixed)]
    public void A_run_resumed_after_an_epoch_ends_with_the_same_bits(int epochs, Precision precision)
    {
        var options = Options with { Precision = precision };
        byte[]? saved = null;
        using (var interrupted = TrainableNetwork.Create(TinyData.Network(Images)))
        {
            using var cancellation = new CancellationTokenSource();
            void Save(TrainingState state)
            {
                if (state.Epochs <= epochs)
                {
                    saved = state.ToBytes();
                }

                if (state.Epochs == epochs && epochs < options.Epochs)
                {
                    cancellation.Cancel();
                }
            }

            var run = () => Trainer.Train(interrupted, Images, options, checkpoint: Save, cancellation: cancellation.Token);
            if (epochs < options.Epochs)
            {
                Assert.Throws<OperationCanceledException>(run);
            }
            else
            {
                run();
            }
        }

        using var resumed = TrainableNetwork.Create(TinyData.Network(Images));
        Trainer.Train(resumed, Images, options, resumeFrom: TrainingState.FromBytes(saved));

        Assert.Equal(TrainWhole(options), resumed.ToDescription());
    }

    [Fact]
    public void Damaged_states_are_refused()
    {
        var bytes = new TrainingState(3, [[1, 2, 3], [-0f, float.MaxValue]]).ToBytes();
        Assert.Equal([-0f, float.MaxValue], TrainingState.FromBytes(bytes).Values[1]);
        for (var i = 0; i < bytes.Length; i++)
        {
            Assert.Throws<InvalidDataException>(() => TrainingState.FromBytes(bytes.AsSpan(0, i)));
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 0x10;
            Assert.Throws<InvalidDataException>(() => TrainingState.FromBytes(changed));
        }
    }

    [Fact]
    public void A_state_of_another_network_is_refused()
    {
        using var network = TrainableNetwork.Create(TinyData.Network(Images));
        Assert.Throws<InvalidDataException>(() => Trainer.Train(network, Images, Options, resumeFrom: new TrainingState(1, [[1f]])));
    }

    [Fact]
    public void A_student_moves_towards_its_teacher()
    {
        using var teacher = TrainableNetwork.Create(TinyData.Network(Images));
        Trainer.Train(teacher, Images, TinyData.Options);
        var preprocessing = teacher.Description.Inputs[0].Preprocessing!;
        using var tensors = ImageTensors.Create(TinyData.Images(60, seed: 3), preprocessing);
        var wanted = Evaluator.Results(teacher, tensors);

        using var student = TrainableNetwork.Create(TinyData.Network(Images));
        using var teaching = new Teacher(teacher.ToDescription(), Precision.Single);
        Trainer.Train(student, Shuffled(Images), TinyData.Options with { DistillationWeight = 1 }, teacher: teaching);

        // The labels were useless; only the teacher could tell the classes apart.
        var got = Evaluator.Results(student, tensors);
        var agree = Enumerable.Range(0, 60).Count(i => Best(wanted, i) == Best(got, i));
        Assert.True(agree >= 54, $"agrees on {agree} of 60 images");
    }

    [Fact]
    public void A_teacher_of_several_students_says_to_each_what_it_would_say_to_it_alone()
    {
        var trained = TrainWhole(TinyData.Options);
        using var shared = new Teacher(trained, Precision.Single);
        foreach (var options in new[] { TinyData.Options, TinyData.Options with { Epochs = 1 }, TinyData.Options with { Seed = 9 }, TinyData.Options with { BatchSize = 7 }, TinyData.Options with { MaximumShift = 0 } })
        {
            using var alone = new Teacher(trained, Precision.Single);
            Assert.Equal(Student(alone, options), Student(shared, options));
        }

        static string Student(Teacher teacher, TrainingOptions options)
        {
            using var student = TrainableNetwork.Create(TinyData.Network(Images));
            Trainer.Train(student, Images, options, teacher: teacher);
            return DescriptionWriter.Write(student.ToDescription());
        }
    }

    [Fact]
    public void The_learning_rate_rises_to_its_peak_and_falls_to_nothing()
    {
        var options = new TrainingOptions { PeakLearningRate = 0.2, WarmUp = 0.25 };
        var rates = Enumerable.Range(0, 100).Select(i => options.LearningRate(i, 100)).ToList();
        Assert.Equal(0.2 / 25, rates[0], 1e-9);
        Assert.Equal(25, rates.IndexOf(rates.Max()));
        Assert.Equal(0.2, rates[25], 1e-9);
        Assert.True(rates[99] < 0.001);
    }

    private static ImageSet Shuffled(ImageSet images)
    {
        var labels = (int[])images.Labels.Clone();
        new DeterministicRandom(4).Shuffle<int>(labels);
        return images with { Labels = labels };
    }

    private static int Best(float[] logits, int image) =>
        Enumerable.Range(0, 3).MaxBy(k => logits[(image * 3) + k]);

    private static NetworkDescription TrainWhole(TrainingOptions options)
    {
        using var network = TrainableNetwork.Create(TinyData.Network(Images));
        Trainer.Train(network, Images, options);
        return network.ToDescription();
    }
}
