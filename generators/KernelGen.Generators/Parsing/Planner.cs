using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Generators;

/// <summary>Decides which file becomes which class. It sees no texts, so editing a network does not change the plan.</summary>
internal sealed class Planner
{
    /// <summary>Of the four million that fit an assembly; the rest is for the consumer's own strings.</summary>
    private const int MostInStrings = 3_000_000;

    private readonly EquatableArray<ModelItem> items;
    private readonly ProjectOptions project;
    private readonly CompilerOptions defaults;
    private readonly List<GenerationRequest> requests = [];
    private readonly List<DiagnosticInfo> problems = [];
    private readonly List<ClassProblem> classProblems = [];
    private readonly Dictionary<string, string> owners = new(StringComparer.Ordinal);

    private Planner(EquatableArray<ModelItem> items, ProjectOptions project)
    {
        this.items = items;
        this.project = project;
        defaults = OptionsParser.Apply(
            project.Kernels,
            new CompilerOptions(),
            "KernelGen",
            message => problems.Add(new(GeneratorProblemId.Option, message, null)));
    }

    public static GenerationPlan Plan(EquatableArray<ModelItem> items, EquatableArray<ClassDeclaration> declarations, ProjectOptions project)
    {
        var planner = new Planner(items, project);

        // Classes first: the name of a declared class is the user's, the name of an item's class may be ours.
        foreach (var declaration in declarations)
        {
            planner.AddClass(declaration);
        }

        var named = new HashSet<string>(planner.requests.Select(r => r.Path));
        foreach (var item in items.Where(i => i.IsModel && (i.Class.Length > 0 || !named.Contains(i.Path))))
        {
            planner.AddItem(item);
        }

        return new(
            planner.requests.Select(r => r with { Options = planner.ShareStrings(r.Options) }).ToEquatableArray(),
            planner.problems.ToEquatableArray(),
            planner.classProblems.ToEquatableArray());
    }

    private void AddClass(ClassDeclaration declaration)
    {
        void Problem(string id, string message) => classProblems.Add(new(declaration, id, message));

        if (declaration.Obstacle is { } obstacle)
        {
            Problem(GeneratorProblemId.Class, $"'{declaration.Name}' must be a partial, top-level, non-generic class, but {obstacle}");
            return;
        }

        if (Find(declaration) is not { } item)
        {
            Problem(
                GeneratorProblemId.FileNotFound,
                $"'{declaration.ModelPath}' is not among the project's description files; add <AdditionalFiles Include=\"{declaration.ModelPath}\" /> to the project file");
            return;
        }

        var options = Options(item) with
        {
            ClassName = declaration.Name,
            Namespace = declaration.Namespace,
            IsPublic = declaration.IsPublic,
            IsPartial = true,
        };
        Add(item, options, declaration.SourcePath, message => Problem(GeneratorProblemId.Clash, message));
    }

    private void AddItem(ModelItem item)
    {
        void Problem(string id, string message) => problems.Add(new(id, message, Place.StartOf(item.Path)));

        var name = item.Class.Length > 0 ? item.Class : ClassNames.FromFile(item.Path);
        var ns = item.Namespace.Length > 0 ? item.Namespace : ClassNames.FromRootNamespace(project.RootNamespace);
        if (!ClassNames.IsIdentifier(name))
            Problem(GeneratorProblemId.Name, $"Class is '{name}', which is not a valid C# identifier");
        else if (ns.Length > 0 && !ClassNames.IsNamespace(ns))
            Problem(GeneratorProblemId.Name, $"Namespace is '{ns}', which is not a valid C# namespace");
        else
        {
            var isPublic = OptionsParser.IsPublic(item.Access, message => Problem(GeneratorProblemId.Option, message));
            var options = Options(item) with { ClassName = name, Namespace = ns, IsPublic = isPublic };
            Add(item, options, item.Path, message => Problem(GeneratorProblemId.Clash, message));
        }
    }

    private void Add(ModelItem item, CompilerOptions options, string owner, Action<string> clash)
    {
        var fullName = SourceNames.Full(options.Namespace, options.ClassName);
        if (owners.TryGetValue(fullName, out var other))
        {
            clash($"The class '{fullName}' is already generated for {other}; give one of them another Class or Namespace");
            return;
        }

        owners.Add(fullName, owner);
        requests.Add(new(item.Path, SourceNames.Hint(fullName, PathText.RelativeTo(project.Directory, item.Path)), options));
    }

    private CompilerOptions Options(ModelItem item) =>
        OptionsParser.Apply(
            item.Kernels,
            defaults,
            string.Empty,
            message => problems.Add(new(GeneratorProblemId.Option, message, Place.StartOf(item.Path))));

    private CompilerOptions ShareStrings(CompilerOptions options) =>
        options with { StringShare = Math.Min(options.StringShare, MostInStrings / requests.Count) };

    private ModelItem? Find(ClassDeclaration declaration)
    {
        string[] candidates =
        [
            PathText.Combine(PathText.DirectoryOf(declaration.SourcePath), declaration.ModelPath),
            PathText.Combine(project.Directory, declaration.ModelPath),
        ];
        return candidates
            .Select(path => items.FirstOrDefault(i => PathText.Normalize(i.Path).Equals(path, PathText.Comparison)))
            .FirstOrDefault(i => i is not null);
    }
}
