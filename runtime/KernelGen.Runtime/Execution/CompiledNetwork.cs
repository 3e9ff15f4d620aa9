using System.Reflection;
using System.Runtime.Loader;
using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Runtime;

/// <summary>
/// A network generated as C#, compiled in memory and ready to run: the same code as the source generator gives, without a
/// build. One instance is for one thread at a time; <see cref="NewInstance"/> gives another thread its own.
/// </summary>
public sealed class CompiledNetwork : IDisposable
{
    private Type? type;
    private Binding? binding;

    private CompiledNetwork(NetworkDescription description, IReadOnlyList<Shape> outputShapes, CompiledSource source, Type type)
    {
        Description = description;
        Source = source;
        this.type = type;
        InputShapes = description.Inputs.Select(i => i.Shape).ToArray();
        OutputShapes = outputShapes;
        Target = (string)type.GetProperty("Target", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        binding = Binding.Create(type, InputShapes.Count, OutputShapes.Count);
    }

    public NetworkDescription Description { get; }

    /// <summary>The generated file and its plan.</summary>
    public CompiledSource Source { get; }

    /// <summary>Size of the compiled assembly, with code for the targets of the options only.</summary>
    public int AssemblyBytes { get; private init; }

    /// <summary>The width that the generated class chose, one of <see cref="TargetNames"/>.</summary>
    public string Target { get; }

    /// <summary>In declared order.</summary>
    public IReadOnlyList<Shape> InputShapes { get; }

    /// <summary>In declared order.</summary>
    public IReadOnlyList<Shape> OutputShapes { get; }

    /// <summary>The generated class, e.g. for its labels or <c>Preprocess</c>. Holding on to it keeps the code loaded.</summary>
    public Type GeneratedType => type ?? throw new ObjectDisposedException(nameof(CompiledNetwork));

    /// <summary>Reads a <c>.kgn</c> file, generates, compiles and loads the network.</summary>
    /// <param name="options">Null: only the target that this machine uses.</param>
    /// <exception cref="DescriptionException">The file is not a valid description; every problem with its place.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CompiledNetwork Load(string path, CompilerOptions? options = null) =>
        Load(DescriptionFile.Read(path), options);

    /// <summary>Generates, compiles and loads a network.</summary>
    /// <param name="options">Null: only the target that this machine uses.</param>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    /// <exception cref="GeneratedCodeException">The generated code does not compile: an internal error.</exception>
    public static CompiledNetwork Load(NetworkDescription description, CompilerOptions? options = null)
    {
        options ??= new CompilerOptions { Targets = [HostTarget.Name] };
        var outputShapes = description.Outputs.Select(NetworkGraph.Create(description).ShapeOf).ToArray();
        var source = NetworkCompiler.Compile(description, options);
        var image = NetworkAssembly.EmitForLoading(source, options.ClassName);

        // Collectible: the code goes when nothing refers to it any more, which Dispose sees to.
        var context = new AssemblyLoadContext(options.ClassName, isCollectible: true);
        var assembly = context.LoadFromStream(new MemoryStream(image));
        var name = options.Namespace.Length == 0 ? options.ClassName : $"{options.Namespace}.{options.ClassName}";
        return new CompiledNetwork(description, outputShapes, source, assembly.GetType(name, throwOnError: true)!) { AssemblyBytes = image.Length };
    }

    /// <summary>Another instance of the same code with a workspace of its own, for another thread.</summary>
    public CompiledNetwork NewInstance()
    {
        ObjectDisposedException.ThrowIf(binding is null, this);
        return new CompiledNetwork(Description, OutputShapes, Source, GeneratedType) { AssemblyBytes = AssemblyBytes };
    }

    /// <summary>Runs a network of one input and one output. Allocates nothing.</summary>
    /// <param name="input">In CHW order.</param>
    /// <param name="output">In CHW order.</param>
    /// <exception cref="ArgumentException">A length is not that of the shape.</exception>
    /// <exception cref="InvalidOperationException">The network has several inputs or outputs.</exception>
    public void Run(ReadOnlySpan<float> input, Span<float> output)
    {
        ObjectDisposedException.ThrowIf(binding is null, this);
        var single = binding.Single ?? throw new InvalidOperationException(
            $"The network has {InputShapes.Count} inputs and {OutputShapes.Count} outputs; give a list of each.");
        single(input, output);
    }

    /// <summary>Runs a network of any number of inputs and outputs, in declared order. Allocates nothing.</summary>
    /// <exception cref="ArgumentException">A number or length is not that of the shapes.</exception>
    public void Run(IReadOnlyList<float[]> inputs, IReadOnlyList<float[]> outputs)
    {
        ObjectDisposedException.ThrowIf(binding is null, this);
        CheckCount(inputs.Count, InputShapes.Count, nameof(inputs));
        CheckCount(outputs.Count, OutputShapes.Count, nameof(outputs));
        binding.Many(inputs, outputs);
    }

    /// <summary>Runs the network into new arrays, as the reference interpreter does.</summary>
    /// <exception cref="ArgumentException">A number or length is not that of the shapes.</exception>
    public float[][] Run(IReadOnlyList<float[]> inputs)
    {
        var outputs = OutputShapes.Select(s => new float[s.Length]).ToArray();
        Run(inputs, outputs);
        return outputs;
    }

    /// <summary>Lets go of the code; it is unloaded once its other instances are disposed of too.</summary>
    public void Dispose()
    {
        binding = null;
        type = null;
    }

    private static void CheckCount(int given, int expected, string parameter)
    {
        if (given != expected)
        {
            throw new ArgumentException($"The network has {expected} of them, not {given}.", parameter);
        }
    }
}
