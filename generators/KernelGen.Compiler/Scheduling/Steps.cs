using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>One piece of generated work over tensors in the workspace.</summary>
/// <param name="Name">The layer it belongs to.</param>
internal abstract record Step(string Name)
{
    public abstract IEnumerable<TensorBuffer> Reads { get; }

    /// <summary>The tensor it fills; null if it writes to the caller's memory.</summary>
    public abstract TensorBuffer? Writes { get; }

    /// <summary>Tensors that live during this step only.</summary>
    public virtual IEnumerable<TensorBuffer> Scratch => [];

    /// <summary>Whether the step leaves zeros in the borders by itself; the others start from a cleared tensor.</summary>
    public virtual bool ClearsBorders => false;

    /// <summary>Tells the tensors how far the step reads and writes, once the row pitches are known.</summary>
    public virtual void Prepare()
    {
    }
}

/// <summary>
/// Copies what one view shows to where another is, element by element in their order: from the caller's span, between layouts,
/// into one part of a concatenation, or out to the caller's span.
/// </summary>
/// <param name="IsFirstOfTarget">Whether nothing was written to the target before.</param>
internal sealed record CopyStep(string Name, TensorView From, TensorView To, bool IsFirstOfTarget = true) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => From.Buffer is null ? [] : [From.Buffer];

    public override TensorBuffer? Writes => To.Buffer;

    public override bool ClearsBorders => !IsFirstOfTarget;
}

/// <summary>Sets a whole tensor to a value.</summary>
internal sealed record FillStep(string Name, TensorView Target, float Value) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => [];

    public override TensorBuffer? Writes => Target.Buffer;
}

/// <summary>
/// Splits every map into the StrideY × StrideX maps of its every StrideY-th row and StrideX-th column, the window's padding
/// included, so that a strided convolution becomes one of stride 1.
/// </summary>
internal sealed record PhaseStep(string Name, TensorBuffer From, TensorBuffer To, Window Window) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => [From];

    public override TensorBuffer Writes => To;
}

/// <summary>
/// A convolution written out in full over one long line of pixels. Its rows lie at the pitch of its input's rows, so a tap is
/// a shift of the whole line; columns beyond the map's width hold garbage, or zeros where a reader needs them.
/// </summary>
/// <param name="Window">The window over <paramref name="From"/>, of stride 1: the layer's own or what is left of it after splitting phases.</param>
/// <param name="Addend">Added to the sums before they are activated: rows at the same pitch; null: nothing.</param>
internal sealed record UnrolledConvStep(
    string Name, ConvTerms Conv, Window Window, TensorBuffer From, TensorBuffer? Addend, TensorBuffer To, Activation? Activation) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => Addend is null ? [From] : [From, Addend];

    public override TensorBuffer Writes => To;

    public override bool ClearsBorders => true;

    /// <summary>Length of the line of pixels.</summary>
    public int Pixels => To.Height * To.Pitch.Value;

    /// <summary>Distance in floats, from an output pixel to the input element that a tap reads; the source map not counted.</summary>
    public int TapOffset(int tap)
    {
        var (y, x) = (tap / Window.KernelWidth * Window.DilationY, tap % Window.KernelWidth * Window.DilationX);
        return ((y - Window.PadTop) * From.Pitch.Value) + x - Window.PadLeft;
    }

    public override void Prepare()
    {
        var written = TensorLayout.RoundUp(Pixels, TensorLayout.Block);
        var furthest = Conv.Taps.Select(t => TapOffset(SplitTap(t.Tap).Tap)).DefaultIfEmpty(0).Max();
        From.ReadPerMap = Math.Max(From.ReadPerMap, written + furthest);
        To.WrittenPerMap = Math.Max(To.WrittenPerMap, written);
        if (Addend is not null)
        {
            Addend.ReadPerMap = Math.Max(Addend.ReadPerMap, written);
        }
    }

    /// <summary>The phase of the input that one of the layer's taps reads, and the tap's number in <see cref="Window"/>.</summary>
    public (int Phase, int Tap) SplitTap(int tap)
    {
        var own = Conv.Conv.Window;
        var (y, x) = (tap / own.KernelWidth, tap % own.KernelWidth);
        if (ReferenceEquals(Window, own))
        {
            return (0, tap);
        }

        (y, x) = (y * own.DilationY, x * own.DilationX);
        var phase = (y % own.StrideY * own.StrideX) + (x % own.StrideX);
        return (phase, (y / own.StrideY * Window.KernelWidth) + (x / own.StrideX));
    }

    /// <summary>Map of <see cref="From"/> that a source map and phase became.</summary>
    public int FromMap(int source, int phase) =>
        ReferenceEquals(Window, Conv.Conv.Window) ? source : (source * Conv.Conv.Window.StrideY * Conv.Conv.Window.StrideX) + phase;
}

/// <summary>A convolution as a loop over its taps, vectors over output maps.</summary>
/// <param name="Addend">Interleaved; added to the sums before they are activated; null: nothing.</param>
internal sealed record LoopConvStep(
    string Name, ConvTerms Conv, TensorBuffer From, TensorBuffer? Addend, TensorBuffer To, Activation? Activation) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => Addend is null ? [From] : [From, Addend];

    public override TensorBuffer Writes => To;

    public int MapsPerGroup => Conv.TargetsPerGroup;

    public override void Prepare()
    {
        if (Conv.HasNarrowGroups)
        {
            // The source maps of the last vector's groups start here; it reads a whole block from there.
            var last = (Conv.Output.Maps - 1) / TensorLayout.Block * TensorLayout.Block / MapsPerGroup * Conv.SourcesPerGroup;
            From.ReadPerPixel = Math.Max(From.ReadPerPixel, last + TensorLayout.Block);
            return;
        }

        var written = ((Conv.Conv.Groups - 1) * MapsPerGroup) + TensorLayout.RoundUp(MapsPerGroup, TensorLayout.Block);
        To.WrittenPerPixel = Math.Max(To.WrittenPerPixel, written);
        if (Addend is not null)
        {
            Addend.ReadPerPixel = Math.Max(Addend.ReadPerPixel, written);
        }
    }
}

/// <summary>A 3×3 convolution by Winograd's algorithm, vectors over maps.</summary>
/// <param name="Room">For the transformed inputs of a block of tiles, then its products.</param>
internal sealed record WinogradConvStep(
    string Name, ConvTerms Conv, WinogradBlock Block, TensorBuffer From, TensorBuffer? Addend, TensorBuffer Room, TensorBuffer To, Activation? Activation) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => Addend is null ? [From] : [From, Addend];

    public override TensorBuffer Writes => To;

    public override IEnumerable<TensorBuffer> Scratch => [Room];

    public override void Prepare() =>
        To.WrittenPerPixel = Math.Max(To.WrittenPerPixel, TensorLayout.RoundUp(Conv.Output.Maps, TensorLayout.Block));
}

/// <summary>A fully connected layer, vectors over units.</summary>
/// <param name="Line">Where the input's elements are brought together if they do not lie without gaps.</param>
/// <param name="Unrolled">Every weight a literal, or a loop over constant weights.</param>
internal sealed record DenseStep(string Name, Dense Dense, TensorBuffer From, TensorBuffer Line, TensorBuffer To, Activation? Activation, bool Unrolled) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => [From];

    public override TensorBuffer Writes => To;

    public override IEnumerable<TensorBuffer> Scratch => [Line];
}

/// <summary>Pooling, per map.</summary>
internal sealed record PoolStep(string Name, Pool Pool, TensorBuffer From, TensorBuffer To) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => [From];

    public override TensorBuffer Writes => To;
}

/// <summary>Pooling of whole maps.</summary>
internal sealed record GlobalPoolStep(string Name, PoolKind Kind, TensorBuffer From, TensorBuffer To) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => [From];

    public override TensorBuffer Writes => To;
}

/// <summary>Copies a constant into the workspace, for steps that read nowhere else.</summary>
internal sealed record LoadStep(string Name, Operand From, TensorBuffer To) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => [];

    public override TensorBuffer Writes => To;
}

/// <summary>A function of one element of every input at a time, then activated.</summary>
/// <param name="Operator">What combines the elements; an activation alone is <paramref name="Activation"/>.</param>
/// <param name="From">Broadcast to <paramref name="Shape"/>. A batch norm's factors and summands follow its input.</param>
internal sealed record ElementwiseStep(
    string Name, Operator Operator, Shape Shape, IReadOnlyList<Operand> From, TensorBuffer To, Activation? Activation) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => From.Where(f => f.Buffer is not null).Select(f => f.Buffer!);

    public override TensorBuffer Writes => To;
}
