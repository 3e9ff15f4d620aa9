using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Generators;

/// <summary>One <c>.kgn</c> file among the compiler's additional files.</summary>
/// <param name="Text">Null if it could not be read.</param>
internal sealed record ModelFile(ModelItem Item, string? Text);

/// <summary>A description file without its text, as the project file declares it. Absent metadata is empty.</summary>
/// <param name="IsModel">A <c>KernelGenModel</c> item, which becomes a class by itself; else only <c>[KernelModel]</c> uses it.</param>
internal sealed record ModelItem(string Path, bool IsModel, string Class, string Namespace, string Access, KernelOptions Kernels);

/// <summary>How kernels are to be built, unparsed: of one item or of the whole project. Absent values are empty.</summary>
/// <param name="Targets">Names of <see cref="TargetNames"/>, with commas between.</param>
/// <param name="Schedule">A <see cref="ScheduleChoice"/>.</param>
/// <param name="UnrollBudget">See <see cref="CompilerOptions.UnrollBudget"/>.</param>
/// <param name="ReadyToRun">Of the whole project only: see <see cref="CompilerOptions.ReadyToRun"/>.</param>
internal sealed record KernelOptions(string Targets, string Schedule, string UnrollBudget, string ReadyToRun);

/// <summary>What the project as a whole says.</summary>
/// <param name="Directory">Folder of the project file, with forward slashes and without one at the end.</param>
internal sealed record ProjectOptions(string Directory, string RootNamespace, KernelOptions Kernels);

/// <summary>A file that was read: what to emit, or what is wrong with it.</summary>
internal sealed record ParsedNetwork(EquatableArray<GenerationJob> Jobs, EquatableArray<DiagnosticInfo> Errors)
{
    public static ParsedNetwork None { get; } = new([], []);
}

/// <summary>One network to be emitted as one class.</summary>
internal sealed record GenerationJob(GenerationRequest Request, NetworkDescription Network);
