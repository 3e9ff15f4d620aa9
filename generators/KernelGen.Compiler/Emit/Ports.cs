using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>An input or output of a generated class.</summary>
/// <param name="Name">Its name as a parameter: a C# identifier.</param>
internal sealed record Port(string Name, Shape Shape)
{
    /// <summary>Number of floats, as C# text.</summary>
    public string Length => Literals.Int(Shape.Length);

    /// <summary>The name as that of a property.</summary>
    public string Pascal => char.ToUpperInvariant(Name[0]) + Name.Substring(1);
}

/// <summary>What a network reads and writes, in declared order.</summary>
internal sealed class Ports(NetworkGraph graph)
{
    public IReadOnlyList<Port> Inputs { get; } = Create(graph.Inputs.Select(i => i.Name), graph.Inputs.Select(i => i.Shape), "input");

    public IReadOnlyList<Port> Outputs { get; } = Create(graph.Outputs, graph.Outputs.Select(graph.ShapeOf), "output");

    /// <summary>The inputs, then the outputs: the order of parameters.</summary>
    public IEnumerable<Port> All => Inputs.Concat(Outputs);

    /// <summary>The C# list of parameters.</summary>
    public string Parameters(string inputType, string outputType) =>
        string.Join(", ", Inputs.Select(p => $"{inputType} {p.Name}").Concat(Outputs.Select(p => $"{outputType} {p.Name}")));

    /// <summary>A C# argument for each parameter.</summary>
    public string Arguments(Func<Port, string> argument) => string.Join(", ", All.Select(argument));

    /// <summary>A single tensor is named after its role; several keep their own names too.</summary>
    private static Port[] Create(IEnumerable<string> tensors, IEnumerable<Shape> shapes, string role)
    {
        var ports = tensors.Zip(shapes, (tensor, shape) => new Port(Identifiers.From(tensor), shape)).ToArray();
        return ports.Length == 1
            ? [ports[0] with { Name = role }]
            : ports.Select((p, i) => p with { Name = $"{role}{Literals.Int(i)}_{p.Name}" }).ToArray();
    }
}
