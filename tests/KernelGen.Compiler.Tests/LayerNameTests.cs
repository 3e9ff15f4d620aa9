using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>Layers whose names are alike once they are C# identifiers keep their own weights.</summary>
public class LayerNameTests
{
    [Theory]
    [InlineData("a.b", "a_b", "a/b")]
    [InlineData("é", "è", "_")]
    [InlineData("conv", "conv_2", "conv_loop")]
    [InlineData("class", "class_", "1")]
    public void Names_that_become_one_identifier_do_not_share_weights(string first, string second, string third)
    {
        var plain = NetworkCase.Of("names", b =>
        {
            var x = b.Dense(b.Dense(b.Dense(b.Input(20), 20), 20), 20);
            return b.Layer(new Binary(BinaryKind.Multiply), x, b.Constant(20));
        });
        var names = plain.Description.Layers.Take(3).Select(l => l.Name).Zip([first, second, third]).ToDictionary(p => p.First, p => p.Second);
        var renamed = plain.Description with
        {
            Layers = plain.Description.Layers
                .Select(l => l with
                {
                    Name = names.GetValueOrDefault(l.Name, l.Name),
                    Inputs = l.Inputs.Select(i => names.GetValueOrDefault(i, i)).ToEquatableArray(),
                })
                .ToEquatableArray(),
        };

        foreach (var target in TargetNames.All)
        {
            var networkCase = new NetworkCase($"{first} {second} {third}", renamed);
            Assert.Empty(CaseRunner.Run([networkCase], new CompilerOptions { Targets = [target] }, target));
        }
    }
}
