using KernelGen.Model;
using KernelGen.Search.Training;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Tests.Training;

/// <summary>
/// Convolutions and their gradients against those of double precision, for the shapes that pruned networks have. What computes them for
/// TorchSharp is wrong for some of these on some processors, so that networks learn little, or the process dies.
/// </summary>
public class ConvolutionTests
{
    private static readonly int[] Maps = [1, 2, 3, 5, 7, 12, 15, 16, 17, 33];

    private static readonly Dictionary<string, Window> Windows = new()
    {
        ["5×5"] = Window.Square(5),
        ["3×3"] = new Window(3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        ["3×3/2"] = new Window(3, 3, 2, 2, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        ["3×3/2, padded below"] = new Window(3, 3, 2, 2, PadBottom: 1, PadRight: 1),
        ["1×1"] = new Window(1, 1),
        ["1×1/2"] = new Window(1, 1, 2, 2),
        ["3×3, dilated"] = new Window(3, 3, 1, 1, 2, 2),
        ["5×5/3"] = new Window(5, 5, 3, 3),
        ["1×3/2"] = new Window(1, 3, 2, 2),
        ["1×1/2×1, padded"] = new Window(1, 1, 2, 1, PadTop: 1, PadLeft: 2),
    };

    public static TheoryData<string> Names => [.. Windows.Keys];

    public static IEnumerable<object[]> Cases => Windows.Keys.SelectMany(w => Enum.GetValues<Precision>().Select(p => new object[] { w, p }));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Any_numbers_of_maps(string window, Precision precision)
    {
        foreach (var (sources, targets) in Maps.SelectMany(s => Maps.Select(t => (s, t))))
        {
            RequireRight(Windows[window], sources, targets, 1, precision);
        }
    }

    /// <summary>In 32 bits: nothing rounds them.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Groups(string window)
    {
        foreach (var (sources, targets, groups) in new[] { (5, 5, 5), (16, 16, 16), (3, 6, 3), (8, 24, 8), (6, 4, 2), (9, 15, 3) })
        {
            RequireRight(Windows[window], sources, targets, groups, Precision.Single);
        }
    }

    /// <summary>Else batch norm and pooling after it take several times as long.</summary>
    [Theory]
    [InlineData("5×5", 1, 5)]
    [InlineData("5×5", 3, 5)]
    [InlineData("5×5", 4, 1)]
    [InlineData("1×1/2", 3, 5)]
    public void Maps_lie_innermost(string window, int maps, int targets)
    {
        TorchRuntime.Initialize();
        using var scope = torch.NewDisposeScope();
        var w = Windows[window];
        foreach (var type in new[] { torch.float32, torch.bfloat16 })
        {
            var weight = torch.ones([targets, maps, w.KernelHeight, w.KernelWidth]).to(type);
            var result = TorchOperators.Convolve(torch.ones([2, maps, 9, 9]).to(type), w, weight, null, 1);
            Assert.Equal([5L, 5], result.shape[2..]);
            Assert.Equal([25L * targets, 1, 5 * targets, targets], result.stride());
        }
    }

    private static void RequireRight(Window window, int sources, int targets, int groups, Precision precision)
    {
        TorchRuntime.Initialize();
        using var scope = torch.NewDisposeScope();
        var type = precision == Precision.Mixed ? torch.bfloat16 : torch.float32;
        var tolerance = precision == Precision.Mixed ? 0.01 : 1e-5;
        var random = new torch.Generator(1);
        Tensor[] operands =
        [
            // Maps innermost, as all that a convolution gives.
            torch.randn([4, 10, 10, sources], generator: random).to(type).permute(0, 3, 1, 2),

            // A view into other weights, as a group's are.
            torch.randn([targets + 3, sources / groups, window.KernelHeight, window.KernelWidth], generator: random).to(type).narrow(0, 2, targets),
            torch.randn([targets], generator: random).to(type),
        ];
        var got = Computed(operands, (x, w, b) => TorchOperators.Convolve(x, window, w, b, groups));
        var expected = Computed(
            Array.ConvertAll(operands, t => t.to(torch.float64)),
            (x, w, b) => F.conv2d(
                F.pad(x, [window.PadLeft, window.PadRight, window.PadTop, window.PadBottom]), w, b, [window.StrideY, window.StrideX], [0, 0], [window.DilationY, window.DilationX], groups));

        foreach (var (name, mine, right) in new[] { "result", "gradient of images", "gradient of kernels", "gradient of biases" }.Zip(got, expected))
        {
            Assert.Equal(right.shape, mine.shape);
            var error = ((mine.to(torch.float64) - right).norm() / right.norm()).item<double>();
            Assert.True(error < tolerance, $"{sources} → {targets} maps in {groups} groups: {name} is wrong by {error}");
        }
    }

    private static Tensor[] Computed(Tensor[] operands, Func<Tensor, Tensor, Tensor, Tensor> convolve)
    {
        Tensor[] trained = Array.ConvertAll(operands, t => t.detach().requires_grad_());
        var result = convolve(trained[0], trained[1], trained[2]);

        // Rounded alike for all, and with a mean that is far from zero, as what sums to nothing has no relative error.
        var wanted = torch.cos(torch.arange(result.numel(), torch.float64)).Plus(TorchScalars.Constant(1)).view(result.shape).to(torch.bfloat16).to(result.dtype);
        return [result.detach(), .. torch.autograd.grad([(result * wanted).sum()], trained)];
    }
}
