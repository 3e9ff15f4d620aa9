namespace KernelGen.Search.Evolution;

/// <summary>Ends the evaluation of candidates that are surely too bad: above the limit by more than two standard errors.</summary>
/// <param name="Limit">The highest misclassification rate with which a candidate survives, in percent.</param>
public sealed record EarlyEnd(double Limit)
{
    private const double Certainty = 2;

    /// <summary>Whether more images should be looked at.</summary>
    public bool GoesOn(Score soFar)
    {
        var rate = Math.Clamp(soFar.Error / 100, 0.01, 0.99);
        return soFar.Error - (100 * Certainty * Math.Sqrt(rate * (1 - rate) / soFar.Images)) <= Limit;
    }
}
