namespace KernelGen.Generators;

/// <summary>The names under which the generator's steps are tracked; the incrementality tests ask for each of them.</summary>
public static class Steps
{
    /// <summary>Options of the project.</summary>
    public const string Project = "KernelGen.Project";

    /// <summary>One description file: text and item metadata.</summary>
    public const string Files = "KernelGen.Files";

    /// <summary>One description file without its text.</summary>
    public const string Item = "KernelGen.Item";

    /// <summary>All description files without their texts.</summary>
    public const string Items = "KernelGen.Items";

    /// <summary>One attributed class with its place in the source.</summary>
    public const string Classes = "KernelGen.Classes";

    /// <summary>One attributed class without its place.</summary>
    public const string Declaration = "KernelGen.Declaration";

    /// <summary>All attributed classes without their places.</summary>
    public const string Declarations = "KernelGen.Declarations";

    /// <summary>Which file becomes which class, with which options.</summary>
    public const string Plan = "KernelGen.Plan";

    /// <summary>One file read into a network description or a list of errors.</summary>
    public const string Networks = "KernelGen.Networks";

    /// <summary>One network to be emitted as one class.</summary>
    public const string Jobs = "KernelGen.Jobs";

    /// <summary>One generated source.</summary>
    public const string Sources = "KernelGen.Sources";
}
