using System.Diagnostics;
using System.Globalization;
using FashionClassifier;
using KernelGen.Search.Data;

// The images: bytes, 28 × 28, with their classes.
using var resource = typeof(Program).Assembly.GetManifestResourceStream("fashion-mnist.br")!;
var images = SubsetFile.Read(resource).Test;
var count = images.Labels.Length;
const int PixelsPerImage = SubsetFile.Side * SubsetFile.Side;

// The network: no file to load, no parameter to set, its memory allocated here and never again.
var network = new Fashion();
var image = new float[PixelsPerImage];
var scores = new float[Fashion.Labels.Length];

var correct = 0;
for (var i = 0; i < count; i++)
{
    Classify(i);
    correct += scores.AsSpan().IndexOf(Max(scores)) == images.Labels[i] ? 1 : 0;
}

// A second pass, timed: the first one has warmed up.
var start = Stopwatch.GetTimestamp();
for (var i = 0; i < count; i++)
{
    Classify(i);
}

var microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accuracy: {100.0 * correct / count:F2}% ({correct} of {count})"));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"time: {microseconds:F1} µs per image"));

void Classify(int index)
{
    Fashion.Preprocess(images.Pixels.AsSpan(index * PixelsPerImage, PixelsPerImage), image);
    network.Run(image, scores);
}

static float Max(ReadOnlySpan<float> values)
{
    var max = values[0];
    foreach (var value in values)
    {
        max = Math.Max(max, value);
    }

    return max;
}
