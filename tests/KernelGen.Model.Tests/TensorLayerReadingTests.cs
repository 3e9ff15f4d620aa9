namespace KernelGen.Model.Tests;

/// <summary>Damaged layers of the operators on tensors of any rank: every error has its id, its line and its column.</summary>
public class TensorLayerReadingTests
{
    [Theory]
    [InlineData("\"op\": \"transpose\", \"inputs\": [\"x\"], ▮\"permutation\": [0]", ProblemId.Value, false)]
    [InlineData("\"op\": \"transpose\", \"inputs\": [\"x\"], \"permutation\": ▮7", ProblemId.Value, true)]
    [InlineData("\"op\": \"transpose\", \"inputs\": [\"x\"]", ProblemId.Missing, false)]
    [InlineData("\"op\": \"slice\", \"inputs\": [\"x\"], \"starts\": [0, ▮true], \"steps\": [1, 1], \"sizes\": [1, 1]", ProblemId.Value, true)]
    [InlineData("\"op\": \"slice\", \"inputs\": [\"x\"], \"starts\": [0, 0], \"steps\": [1, 0], \"sizes\": [1, 1]", ProblemId.Value, false)]
    [InlineData("\"op\": \"pad\", \"inputs\": [\"x\"], \"before\": [0, 0], \"after\": [0, 0], \"value\": ▮\"0\"", ProblemId.Value, true)]
    [InlineData("\"op\": \"pad\", \"inputs\": [\"x\"], \"before\": [0, 0], \"after\": [0, 0], \"value\": ▮1e99", ProblemId.Value, true)]
    [InlineData("\"op\": \"gather\", \"inputs\": [\"x\"], \"axis\": 0, \"indices\": [0, 2]", ProblemId.Value, false)]
    [InlineData("\"op\": \"gather\", \"inputs\": [\"x\"], \"axis\": ▮0.5, \"indices\": [0]", ProblemId.Value, true)]
    [InlineData("\"op\": \"gather\", \"inputs\": [\"x\"], \"indices\": [0]", ProblemId.Missing, false)]
    [InlineData("\"op\": \"expand\", \"inputs\": [\"x\"], \"shape\": [3]", ProblemId.Shape, false)]
    [InlineData("\"op\": \"resample\", \"inputs\": [\"x\"], \"axis\": 1, \"taps\": 1, \"indices\": [0], \"weights\": ▮\"AAA\"", ProblemId.Weights, true)]
    [InlineData("\"op\": \"resample\", \"inputs\": [\"x\"], \"axis\": 1, \"taps\": 2, \"indices\": [0], \"weights\": \"AACAPw==\"", ProblemId.Value, false)]
    [InlineData("\"op\": \"constant\", \"inputs\": [], \"shape\": [2], \"values\": \"AACAPw==\"", ProblemId.Weights, false)]
    [InlineData("\"op\": \"constant\", \"inputs\": [\"x\"], \"shape\": [1], \"values\": \"AACAPw==\"", ProblemId.Graph, false)]
    [InlineData("\"op\": \"constant\", \"inputs\": [], \"shape\": [268435456, 2], \"values\": \"\"", ProblemId.Limit, false)]
    [InlineData("\"op\": \"subtract\", \"inputs\": [\"x\"]", ProblemId.Graph, false)]
    [InlineData("\"op\": \"subtract\", \"inputs\": [\"x\", \"x\"], ▮\"axis\": 1", ProblemId.Key, true)]
    [InlineData("\"op\": \"matMul\", \"inputs\": [\"x\", \"x\"]", ProblemId.Shape, false)]
    [InlineData("\"op\": \"reduceMean\", \"inputs\": [\"x\"], \"axes\": []", ProblemId.Value, false)]
    [InlineData("\"op\": \"reduceMean\", \"inputs\": [\"x\"]", ProblemId.Missing, false)]
    [InlineData("\"op\": ▮\"reduceMedian\", \"inputs\": [\"x\"], \"axes\": [0]", ProblemId.Value, true)]
    [InlineData("\"op\": ▮\"mean\", \"inputs\": [\"x\"], \"axes\": [0]", ProblemId.Value, true)]
    [InlineData("\"op\": ▮\"Tanh\", \"inputs\": [\"x\"]", ProblemId.Value, true)]
    [InlineData("\"op\": \"tanh\", \"inputs\": [\"x\"], ▮\"alpha\": 1", ProblemId.Key, true)]
    [InlineData("\"op\": \"elu\", \"inputs\": [\"x\"]", ProblemId.Missing, false)]
    [InlineData("\"op\": \"selu\", \"inputs\": [\"x\"], \"alpha\": 1", ProblemId.Missing, false)]
    [InlineData("\"op\": \"concat\", \"inputs\": [\"x\", \"x\"], \"axis\": 2", ProblemId.Shape, false)]
    [InlineData("\"op\": \"add\", \"inputs\": [\"x\", \"x\"], ▮\"axis\": 0", ProblemId.Key, true)]
    [InlineData("\"op\": \"softmax\", \"inputs\": [\"x\"], \"axis\": ▮\"1\"", ProblemId.Value, true)]
    public void Damage_is_named_and_placed(string layer, string id, bool inside)
    {
        const string Head = "{\"format\": \"kernelgen-network\", \"version\": 1, \"name\": \"n\",\n\"inputs\": [{\"name\": \"x\", \"shape\": [2, 3]}],\n\"layers\": [\n";
        const string Opening = "  {\"name\": \"y\", ";
        var text = Head + Opening + layer.Replace("▮", "") + "}],\n\"outputs\": [\"y\"]}";

        var result = DescriptionReader.Read(text);

        Assert.Null(result.Description);
        var error = result.Errors[0];
        Assert.Equal(id, error.Id);
        Assert.Equal(4, error.Line);
        Assert.Equal(inside ? Opening.Length + layer.IndexOf('▮') + 1 : Opening.IndexOf('{') + 1, error.Column);
    }
}
