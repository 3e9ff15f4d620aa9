using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Tests.Networks;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Training;

public sealed class MaskTests : IDisposable
{
    private static readonly ImageSet Images = TinyData.Images(96, seed: 1);
    private readonly TrainableNetwork network = TrainableNetwork.Create(TinyData.Network(Images));
    private readonly ImageTensors tensors;

    public MaskTests() => tensors = ImageTensors.Create(Images, network.Description.Inputs[0].Preprocessing!);

    [Fact]
    public void A_masked_weight_has_no_effect_and_is_zero_in_the_description()
    {
        var mask = Ones(36);
        mask[4] = mask[20] = 0;
        network.SetMasks(new NetworkMasks(new Dictionary<string, float[]> { ["conv"] = mask }, new Dictionary<string, float[]>()));

        var weights = ConvOf(network.ToDescription());
        Assert.Equal([4, 20], Enumerable.Range(0, 36).Where(i => weights[i] == 0));

        using var other = TrainableNetwork.Create(network.ToDescription());
        Assert.Equal(Evaluator.Results(other, tensors), Evaluator.Results(network, tensors));
    }

    [Fact]
    public void A_masked_map_is_zero_after_its_activation_even_where_batch_norm_shifts()
    {
        var relu = new float[] { 1, 0, 1, 1 };
        Trainer.Train(network, Images, TinyData.Options);
        network.SetMasks(new NetworkMasks(new Dictionary<string, float[]>(), new Dictionary<string, float[]> { ["relu"] = relu }));

        // By definition the same as cutting the weights that read the map: 9 per unit, behind the 9 of map 0.
        var description = network.ToDescription();
        var dense = (Dense)description.Layers[^1].Operator;
        var cut = dense.Weights.Span.ToArray();
        for (var i = 0; i < cut.Length; i++)
        {
            cut[i] = i % 36 / 9 == 1 ? 0 : cut[i];
        }

        var layers = description.Layers.ToArray();
        layers[^1] = layers[^1] with { Operator = dense with { Weights = new FloatData(cut) } };
        using var other = TrainableNetwork.Create(description with { Layers = layers.ToEquatableArray() });
        Compare.Close(Evaluator.Results(other, tensors), Evaluator.Results(network, tensors), 1e-6);
    }

    [Fact]
    public void Retraining_does_not_bring_masked_weights_back()
    {
        var mask = Ones(36);
        mask.AsSpan(0, 18).Clear();
        network.SetMasks(new NetworkMasks(new Dictionary<string, float[]> { ["conv"] = mask }, new Dictionary<string, float[]>()));
        var before = ConvOf(network.ToDescription());

        Trainer.Train(network, Images, TinyData.Options);

        var after = ConvOf(network.ToDescription());
        Assert.All(after[..18], w => Assert.Equal(0, w));
        Assert.NotEqual(before[18..], after[18..]);
    }

    [Fact]
    public void New_masks_replace_the_old_ones()
    {
        var whole = Evaluator.Results(network, tensors);
        network.SetMasks(new NetworkMasks(new Dictionary<string, float[]> { ["scores"] = new float[108] }, new Dictionary<string, float[]>()));
        Assert.All(Evaluator.Results(network, tensors), v => Assert.Equal(0, v));
        network.SetMasks(NetworkMasks.None);
        Assert.Equal(whole, Evaluator.Results(network, tensors));
    }

    [Fact]
    public void Wrong_names_and_lengths_are_refused()
    {
        void Set(string layer, int weights, string tensor, int maps) => network.SetMasks(new NetworkMasks(
            new Dictionary<string, float[]> { [layer] = Ones(weights) },
            new Dictionary<string, float[]> { [tensor] = Ones(maps) }));

        Set("conv", 36, "relu", 4);
        Assert.Throws<ArgumentException>(() => Set("norm", 4, "relu", 4));
        Assert.Throws<ArgumentException>(() => Set("conv", 35, "relu", 4));
        Assert.Throws<ArgumentException>(() => Set("conv", 36, "nothing", 4));
        Assert.Throws<ArgumentException>(() => Set("conv", 36, "relu", 5));
    }

    public void Dispose()
    {
        network.Dispose();
        tensors.Dispose();
    }

    private static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];

    private static float[] ConvOf(NetworkDescription description) =>
        ((Conv)description.Layers[0].Operator).Weights.ToDense(4, 1, 1, 9);
}
