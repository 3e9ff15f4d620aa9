using KernelGen.Model;
using Microsoft.CodeAnalysis;

namespace KernelGen.Generators;

/// <summary>
/// Turns every <c>KernelGenModel</c> item, and every file that a <c>[KernelModel]</c> class names, into the C# class that
/// computes the network. Files and options are read into value-equal specs, so that an edit reruns what depends on it only.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class KernelModelGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        context.RegisterPostInitializationOutput(KernelModelAttribute.AddTo);

        var project = context.AnalyzerConfigOptionsProvider
            .Select(OptionsParser.ReadProject).WithTrackingName(Steps.Project);
        var files = context.AdditionalTextsProvider.Where(ModelFileParser.IsModelFile)
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(ModelFileParser.Read).WithTrackingName(Steps.Files);
        var items = files.Select((file, _) => file.Item).WithTrackingName(Steps.Item).Collect()
            .Select((all, _) => all.ToEquatableArray()).WithTrackingName(Steps.Items);
        var classes = context.SyntaxProvider
            .ForAttributeWithMetadataName(KernelModelAttribute.FullName, ClassParser.IsCandidate, ClassParser.Read)
            .WithTrackingName(Steps.Classes);
        var declarations = classes.Select((c, _) => c.Declaration).WithTrackingName(Steps.Declaration).Collect()
            .Select((all, _) => all.ToEquatableArray()).WithTrackingName(Steps.Declarations);

        var plan = items.Combine(declarations).Combine(project)
            .Select((x, _) => Planner.Plan(x.Left.Left, x.Left.Right, x.Right)).WithTrackingName(Steps.Plan);
        var networks = files.Combine(plan)
            .Select(ModelFileParser.Parse).WithTrackingName(Steps.Networks);
        var sources = networks.SelectMany((network, _) => network.Jobs).WithTrackingName(Steps.Jobs)
            .Select(SourceEmitter.Emit).WithTrackingName(Steps.Sources);

        context.RegisterSourceOutput(sources, GeneratedSource.Add);
        context.RegisterSourceOutput(sources.SelectMany((source, _) => source.Errors), DiagnosticInfo.Report);
        context.RegisterSourceOutput(networks.SelectMany((network, _) => network.Errors), DiagnosticInfo.Report);
        context.RegisterSourceOutput(plan.SelectMany((p, _) => p.Problems), DiagnosticInfo.Report);
        context.RegisterSourceOutput(classes.Combine(plan).SelectMany(ClassParser.Problems), DiagnosticInfo.Report);
    }
}
