using KernelGen.Model;
using KernelGen.Tests.Shared;
using static KernelGen.Onnx.Tests.OperatorFiles;

namespace KernelGen.Onnx.Tests;

/// <summary>Normalisations in all their forms, against ONNX Runtime.</summary>
public class NormalizationOperatorTests
{
    private static readonly Dictionary<string, OnnxFile> Normalizations = new()
    {
        ["batch norm"] = BatchNorm(15, [1, 4, 5, 3], 4),
        ["batch norm of a batch"] = BatchNorm(15, [3, 4, 5, 3], 4, ("epsilon", 0.1f)),
        ["batch norm of a vector"] = BatchNorm(15, [1, 4], 4),
        ["batch norm of vectors"] = BatchNorm(9, [3, 4], 4, ("momentum", 0.5f)),
        ["batch norm of volumes"] = BatchNorm(15, [2, 4, 2, 3, 4], 4),
        ["instance norm"] = Of("InstanceNormalization", 17, [1, 3, 5, 4], [[3], [3]]),
        ["instance norm of a batch"] = Of("InstanceNormalization", 17, [2, 3, 7], [[3], [3]], ("epsilon", 0.01f)),
        ["layer norm"] = Of("LayerNormalization", 17, [1, 3, 5, 4], [[4], [4]]),
        ["layer norm of all but the batch"] = Of("LayerNormalization", 17, [2, 3, 5], [[3, 5], [3, 5]], ("axis", 1), ("epsilon", 0.01f)),
        ["layer norm without bias"] = Of("LayerNormalization", 17, [2, 3, 5], [[5]], ("axis", -1), ("stash_type", 1)),
        ["group norm, one value per map"] = Of("GroupNormalization", 21, [1, 6, 5, 4], [[6], [6]], ("num_groups", 3)),
        ["group norm of a batch"] = Of("GroupNormalization", 21, [2, 6, 5, 4], [[6], [6]], ("num_groups", 2), ("epsilon", 0.01f)),
        ["mean and variance"] = Of("MeanVarianceNormalization", 13, [1, 3, 5, 4], []),
        ["mean and variance of a batch"] = Of("MeanVarianceNormalization", 13, [2, 3, 5, 4], []),
        ["mean and variance of maps"] = Of("MeanVarianceNormalization", 13, [2, 3, 5, 4], [], ("axes", new[] { 2, 3 })),
        ["norm 2"] = Of("LpNormalization", 17, [1, 3, 5], []),
        ["norm 2 of maps"] = Of("LpNormalization", 17, [2, 3, 5], [], ("axis", 1)),
        ["norm 1 of a batch"] = Of("LpNormalization", 17, [2, 3, 5], [], ("axis", 0), ("p", 1)),
        ["local response"] = Of("LRN", 17, [1, 7, 4, 3], [], ("size", 3)),
        ["local response of a batch"] = Of("LRN", 17, [2, 7, 4, 3], [], ("size", 5), ("alpha", 0.5f), ("beta", 0.6f), ("bias", 2f)),
        ["local response, wider than the maps"] = Of("LRN", 17, [1, 3, 4, 3], [], ("size", 9), ("alpha", 1f)),
    };

    public static TheoryData<string> Forms => [.. Normalizations.Keys];

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_normalisation_gives_what_ONNX_Runtime_gives(string form) =>
        OnnxRuntimeReference.AssertSame(Normalizations[form], tolerance: 1e-5);

    [Fact]
    public void Mean_and_inverse_deviation_of_a_layer_norm_can_be_read() => OnnxRuntimeReference.AssertSame(
        new OnnxFile().Input("x", 2, 3, 5).Initializer("scale", [5], Random(1, 5))
            .Node("LayerNormalization", ["x", "scale"], ["y", "mean", "deviation"])
            .Output("y").Output("mean").Output("deviation"),
        tolerance: 1e-5);

    [Fact]
    public void A_group_norm_of_operator_set_18_has_one_value_per_group()
    {
        // ONNX Runtime has the later form only: each value stands for all maps of its group.
        var (scale, shift) = (Random(1, 2), Random(2, 2));
        OnnxFile Norm(int opset, float[] scales, float[] shifts) => new OnnxFile(opset).Input("x", 1, 4, 3, 3)
            .Initializer("scale", [scales.Length], scales).Initializer("shift", [shifts.Length], shifts)
            .Node("GroupNormalization", ["x", "scale", "shift"], ["y"], ("num_groups", 2)).Output("y");
        var x = Random(3, 36);
        var perGroup = Run(Norm(18, scale, shift), x);
        var perMap = Run(Norm(21, [scale[0], scale[0], scale[1], scale[1]], [shift[0], shift[0], shift[1], shift[1]]), x);
        Assert.Equal(perMap, perGroup);
    }

    [Fact]
    public void Without_spatial_each_element_has_its_own_values()
    {
        float[] x = [1, 2, 3, 4];
        var file = new OnnxFile(7).Input("x", 1, 2, 2)
            .Initializer("scale", [2, 2], 1f, 2, 3, 4).Initializer("shift", [2, 2], 5f, 6, 7, 8)
            .Initializer("mean", [2, 2], 1f, 1, 1, 1).Initializer("variance", [2, 2], 1f, 1, 4, 4)
            .Node("BatchNormalization", ["x", "scale", "shift", "mean", "variance"], ["y"], ("spatial", 0), ("epsilon", 0f)).Output("y");
        Assert.Equal([5f, 8, 10, 14], Run(file, x));
    }

    [Fact]
    public void An_even_local_response_sums_one_map_more_behind_than_before() => Assert.Equal(
        [1f / 6, 2f / 14, 3f / 26, 4f / 17],
        Run(Of("LRN", 17, [1, 4, 1], [], ("size", 2), ("alpha", 2f), ("beta", 1f)), [1, 2, 3, 4]));

    [Fact]
    public void Zeros_have_no_norm_and_stay_zeros() =>
        Assert.Equal(new float[3], Run(Of("LpNormalization", 17, [1, 3], []), new float[3]));

    [Fact]
    public void A_batch_norm_stays_one_layer() =>
        Assert.IsType<BatchNorm>(Assert.Single(Normalizations["batch norm"].Import().Description!.Layers).Operator);

    [Fact]
    public void Training_mode_is_refused() =>
        Assert.Contains("Training mode", BatchNorm(15, [1, 4, 5, 3], 4, ("training_mode", 1)).Refusal());

    private static float[] Run(OnnxFile file, float[] x)
    {
        var result = file.Import();
        Assert.Empty(result.Errors);
        return Interpreter.Run(NetworkGraph.Create(result.Description!), [x])[0];
    }

    private static OnnxFile BatchNorm(int opset, int[] x, int maps, params (string Name, object Value)[] attributes) => new OnnxFile(opset)
        .Input("x", x)
        .Initializer("scale", [maps], Random(1, maps))
        .Initializer("shift", [maps], Random(2, maps))
        .Initializer("mean", [maps], Random(3, maps))
        .Initializer("variance", [maps], Random(4, maps).Select(v => v + 1.5f).ToArray())
        .Node("BatchNormalization", ["x", "scale", "shift", "mean", "variance"], ["y"], attributes)
        .Output("y");
}
