using System.CommandLine;
using System.Text;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using NuGet.Frameworks;
using NuGet.Packaging;
using NuGet.Versioning;

namespace KernelGen.Cli;

/// <summary>A model as a NuGet package.</summary>
internal static class PackCommand
{
    private const string Framework = "net10.0";

    public static Command Create()
    {
        var command = new ExampleCommand(
            "pack",
            "Makes a NuGet package of a model: its assembly for .NET 10, documentation, description and a readme; no dependencies.",
            ("Lenet.1.0.0.nupkg in out/", "kernelgen pack lenet.kgn"),
            ("With an id and version of your own", "kernelgen pack lenet.kgn --id Acme.Digits --version 2.1.0 --authors \"Acme\""));
        var model = new ModelArgument(command);
        var output = OutputOption.Create("the package");
        var id = new Option<string?>("--id") { Description = "Package id. Default: the class name.", HelpName = "ID" };
        var version = new Option<string>("--version") { Description = "Package version.", HelpName = "VERSION", DefaultValueFactory = _ => "1.0.0" };
        var authors = new Option<string?>("--authors") { Description = "Authors of the package. Default: the user's name.", HelpName = "NAMES" };
        command.Options.Add(output);
        command.Options.Add(id);
        command.Options.Add(version);
        command.Options.Add(authors);
        var names = new NameOptions(command);
        var code = new CodeOptions(command, "all");
        command.SetAction((parsed, cancellation) =>
        {
            var path = model.Path(parsed);
            var description = model.Read(parsed);
            var options = names.Apply(parsed, code.Read(parsed, TargetNames.All), path);
            var package = new PackageBuilder(deterministic: true)
            {
                Id = parsed.GetValue(id) ?? options.ClassName,
                Version = ParseVersion(parsed.GetRequiredValue(version)),
                Description = Summary(description),
                Readme = "README.md",
            };
            if (!PackageIdValidator.IsValidPackageId(package.Id))
            {
                throw new InputException($"--id: '{package.Id}' is not a package id: letters, digits, dots, dashes and underscores.");
            }

            package.Authors.Add(parsed.GetValue(authors) ?? Environment.UserName);
            var assembly = NetworkAssembly.Emit(description, options, options.ClassName, cancellation: cancellation);
            var file = Path.Combine(parsed.GetRequiredValue(output), $"{package.Id}.{package.Version.ToNormalizedString()}.nupkg");
            Fill(package, assembly, description, options, path);
            Save(package, file);
            Output.Line($"{file}");
            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }

    private static void Fill(PackageBuilder package, EmittedAssembly assembly, NetworkDescription description, CompilerOptions options, string model)
    {
        var framework = NuGetFramework.Parse(Framework);
        package.TargetFrameworks.Add(framework);
        package.DependencyGroups.Add(new PackageDependencyGroup(framework, []));
        Add($"lib/{Framework}/{options.ClassName}.dll", assembly.Assembly);
        Add($"lib/{Framework}/{options.ClassName}.xml", assembly.XmlDocs);
        Add($"model/{Path.GetFileNameWithoutExtension(model)}.kgn", Encoding.UTF8.GetBytes(DescriptionWriter.Write(description)));
        Add("README.md", Encoding.UTF8.GetBytes(Readme(package, description, options)));

        void Add(string path, byte[] content) => package.Files.Add(new MemoryFile(path, content));
    }

    private static void Save(PackageBuilder package, string file)
    {
        using var bytes = new MemoryStream();
        package.Save(bytes);
        AtomicFile.WriteAllBytes(file, bytes.ToArray());
    }

    private static NuGetVersion ParseVersion(string text) => NuGetVersion.TryParseStrict(text, out var version)
        ? version
        : throw new InputException($"--version: '{text}' is not a version such as 1.2.0 or 1.2.0-beta.");

    private static string Summary(NetworkDescription d)
    {
        var accuracy = d.Provenance is { } p
            ? FormattableString.Invariant($" Error {p.ErrorAfter:0.00}% on {p.TestImages} {p.Split} images of {p.Dataset}.")
            : "";
        return $"The network {d.Name} as C#, without dependencies.{accuracy}";
    }

    private static string Readme(PackageBuilder package, NetworkDescription d, CompilerOptions options)
    {
        var inputs = string.Join('\n', d.Inputs.Select(i => $"- input `{i.Name}`: {i.Shape}, {i.Shape.Length} floats in CHW order"));
        var labels = d.Labels.IsEmpty ? "" : "\nLabels: " + string.Join(", ", d.Labels) + ".\n";
        var image = d.Inputs[0];
        var usage = d.Inputs.Count == 1 && d.Outputs.Count == 1
            ? $"""
              ```csharp
              {(options.Namespace.Length == 0 ? "" : $"using {options.Namespace};\n\n")}var net = new {options.ClassName}();              // for one thread at a time
              var input = new float[{image.Shape.Length}];
              var scores = new float[{NetworkGraph.Create(d).ShapeOf(d.Outputs[0]).Length}];
              {(image.Preprocessing is null ? "// fill input" : $"{options.ClassName}.Preprocess(pixels, input);  // bytes, CHW")}
              net.Run(input, scores);
              ```
              """
            : $"`{options.ClassName}.Run` takes the inputs, then the outputs, as spans in the declared order.";
        return $"# {package.Id}\n\n{Summary(d)}\n\n{inputs}\n{labels}\n{usage.ReplaceLineEndings("\n")}\n";
    }

    /// <summary>A file of the package that the package builder may read more than once.</summary>
    private sealed class MemoryFile : IPackageFile
    {
        private readonly byte[] content;

        public MemoryFile(string path, byte[] content)
        {
            this.content = content;
            Path = path.Replace('/', System.IO.Path.DirectorySeparatorChar);
            NuGetFramework = FrameworkNameUtility.ParseNuGetFrameworkFromFilePath(Path, out var effectivePath);
            EffectivePath = effectivePath;
        }

        public string Path { get; }

        public string EffectivePath { get; }

        public System.Runtime.Versioning.FrameworkName? TargetFramework => null;

        public NuGetFramework? NuGetFramework { get; }

        public DateTimeOffset LastWriteTime { get; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public Stream GetStream() => new MemoryStream(content, writable: false);
    }
}
