using KernelGen.Model;

namespace KernelGen.Tests.Shared;

/// <summary>One network that every engine must run alike.</summary>
internal sealed record NetworkCase(string Name, NetworkDescription Description)
{
    /// <summary>Builds a case; the last layer is the output.</summary>
    public static NetworkCase Of(string name, Func<NetworkBuilder, string> build)
    {
        var builder = new NetworkBuilder(name);
        var output = build(builder);
        return new NetworkCase(name, builder.Build(output));
    }

    /// <summary>Builds a case of several outputs.</summary>
    public static NetworkCase Of(string name, Func<NetworkBuilder, string[]> build)
    {
        var builder = new NetworkBuilder(name);
        var outputs = build(builder);
        return new NetworkCase(name, builder.Build(outputs));
    }

    public override string ToString() => Name;
}
