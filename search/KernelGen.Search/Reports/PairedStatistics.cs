namespace KernelGen.Search.Reports;

/// <summary>Error bars and significance of misclassification counts.</summary>
public static class PairedStatistics
{
    /// <summary>Binomial standard error of a misclassification rate, in percentage points.</summary>
    public static double StandardError(int errors, int images)
    {
        var p = (double)errors / images;
        return 100 * Math.Sqrt(p * (1 - p) / images);
    }

    /// <summary>
    /// Standard error, in percentage points, of the difference between the rates of two classifiers on the same images. It is
    /// far smaller than that of independent samples, since only images that one of the two gets wrong contribute.
    /// </summary>
    /// <param name="onlyFirstWrong">Images that only the first classifier misclassifies.</param>
    /// <param name="onlySecondWrong">Images that only the second classifier misclassifies.</param>
    public static double StandardErrorOfDifference(int onlyFirstWrong, int onlySecondWrong, int images)
    {
        double discordant = onlyFirstWrong + onlySecondWrong;
        double difference = onlySecondWrong - onlyFirstWrong;
        return 100 * Math.Sqrt(discordant - (difference * difference / images)) / images;
    }

    /// <summary>
    /// McNemar's test in its exact form: the probability, if both classifiers were equally good, that the discordant images
    /// fall at least as unevenly as they did. Two-sided: twice the lower tail of Binomial(n, 1/2), at most 1.
    /// Source: Q. McNemar, Note on the sampling error of the difference between correlated proportions, Psychometrika 12, 1947.
    /// </summary>
    public static double McNemar(int onlyFirstWrong, int onlySecondWrong)
    {
        var n = onlyFirstWrong + onlySecondWrong;
        var least = Math.Min(onlyFirstWrong, onlySecondWrong);

        // In logarithms: 2^-n underflows from n = 1075 on.
        var logTerm = -n * Math.Log(2);
        var tail = Math.Exp(logTerm);
        for (var k = 1; k <= least; k++)
        {
            logTerm += Math.Log((double)(n - k + 1) / k);
            tail += Math.Exp(logTerm);
        }

        return Math.Min(1, 2 * tail);
    }
}
