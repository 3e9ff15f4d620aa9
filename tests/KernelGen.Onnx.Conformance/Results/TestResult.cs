namespace KernelGen.Onnx.Conformance;

/// <summary>How a test ended.</summary>
internal enum Outcome
{
    /// <summary>Every engine gave the stored outputs.</summary>
    Passed,

    /// <summary>Passed, with inputs made constants.</summary>
    PassedFrozen,

    /// <summary>The importer named what it does not support.</summary>
    Refused,

    /// <summary>An engine gave other outputs.</summary>
    Wrong,

    /// <summary>Something threw, did not compile or ended its process.</summary>
    Crashed,
}

/// <summary>What became of one test.</summary>
/// <param name="Operator">Refused: the operator that the message is about; null: the file as a whole.</param>
/// <param name="Message">Why it did not pass; empty if it did.</param>
internal sealed record TestResult(OperatorTest Test, Outcome Outcome, string Message = "", string? Operator = null)
{
    public bool HasPassed => Outcome is Outcome.Passed or Outcome.PassedFrozen;

    public override string ToString() =>
        $"{Outcome} {Test.Group}/{Test.Name}{(Operator is null ? "" : $" ({Operator})")}{(Message.Length == 0 ? "" : $": {Message}")}";
}
