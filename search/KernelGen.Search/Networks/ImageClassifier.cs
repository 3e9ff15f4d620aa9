using KernelGen.Model;
using KernelGen.Search.Data;

namespace KernelGen.Search.Networks;

/// <summary>A network from elsewhere, made to take the images of a data set as they are: bytes in CHW order, preprocessed.</summary>
internal static class ImageClassifier
{
    private static readonly Transpose ToHwc = new([1, 2, 0]);
    private static readonly Transpose ToChw = new([2, 0, 1]);

    /// <summary>
    /// The network with an input of the images' shape. One that takes rows, columns, channels (HWC, as TensorFlow has them) gets a
    /// transposition first, or loses the one that it begins with; one that takes a vector, or grey images without an axis for
    /// the channel, gets a reshape.
    /// </summary>
    /// <param name="file">For messages.</param>
    /// <exception cref="PruneException">It is no classifier of such images.</exception>
    public static NetworkDescription For(NetworkDescription network, ImageSet images, string file)
    {
        if (network.Inputs.Count != 1 || network.Outputs.Count != 1)
        {
            throw new PruneException($"{file} has {network.Inputs.Count} inputs and {network.Outputs.Count} outputs; only networks with one of each can be trained.");
        }

        var scores = NetworkGraph.Create(network).ShapeOf(network.Outputs[0]);
        if (scores.Length != images.ClassNames.Count)
        {
            throw new PruneException($"{file} gives {scores.Length} scores ({scores}), but {images.Name} has {images.ClassNames.Count} classes. Give images of as many classes as the network tells apart.");
        }

        var fitted = FitInput(network, images, file);
        return fitted.Labels.Count == images.ClassNames.Count ? fitted : fitted with { Labels = images.ClassNames };
    }

    private static NetworkDescription FitInput(NetworkDescription network, ImageSet images, string file)
    {
        var (input, image) = (network.Inputs[0], images.Shape);
        if (input.Shape == image)
        {
            return network;
        }

        if (input.Shape == new Shape(image[1], image[2], image[0]))
        {
            return WithoutPairs(Before(network, image, ToHwc), input.Name);
        }

        var isVector = input.Shape.Rank == 1 && input.Shape.Length == image.Length;
        var isGrey = image.Maps == 1 && input.Shape == new Shape(image[1], image[2]);
        return isVector || isGrey
            ? Before(network, image, new Reshape(input.Shape))
            : throw new PruneException(
                $"{file} takes {input.Shape}, but the images of {images.Name} are {image}. Give images of that size; a model with open lengths is fixed by --shape.");
    }

    /// <summary>The network with an operator between an input of another shape and all that reads it.</summary>
    private static NetworkDescription Before(NetworkDescription network, Shape shape, Operator op)
    {
        var input = network.Inputs[0].Name;
        var name = network.FreeName(input + ".as-before");
        return network with
        {
            Inputs = [new NetworkInput(input, shape)],
            Layers = network.Layers.Select(l => l.Rewire(input, name)).Prepend(new Layer(name, op, [input])).ToEquatableArray(),
        };
    }

    /// <summary>Leaves out transpositions that undo the first layer's, and that layer if nothing else reads it.</summary>
    private static NetworkDescription WithoutPairs(NetworkDescription network, string input)
    {
        var turned = network.Layers[0].Name;
        foreach (var back in network.Layers.Where(l => l.Operator.Equals(ToChw) && l.Inputs[0] == turned && !network.Outputs.Contains(l.Name)).ToList())
        {
            network = network with
            {
                Layers = network.Layers.Where(l => l.Name != back.Name).Select(l => l.Rewire(back.Name, input)).ToEquatableArray(),
            };
        }

        return network.Layers.Any(l => l.Inputs.Contains(turned))
            ? network
            : network with { Layers = network.Layers.Skip(1).ToEquatableArray() };
    }
}
