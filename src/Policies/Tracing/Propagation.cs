using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>What to do with a caller's format (Kong: the words of <c>header_type</c> that are no format).</summary>
public enum FoundFormat : byte
{
    /// <summary>Go on in the caller's format; in the default one when there is none.</summary>
    Preserve,

    /// <summary>Look at nothing and send the default format.</summary>
    Ignore,
}

/// <summary>How contexts are read and passed on. Immutable.</summary>
public sealed record PropagationOptions
{
    /// <summary>Whether callers are listened to.</summary>
    public FoundFormat OnFound { get; init; }

    /// <summary>A format that is always sent, beside the caller's; <see cref="TraceFormat.None"/> for no such.</summary>
    public TraceFormat Always { get; init; }

    /// <summary>Sent when the caller has none.</summary>
    public TraceFormat Default { get; init; } = TraceFormat.B3;

    /// <summary>Only <c>traceparent</c> is looked at.</summary>
    public bool W3COnly { get; init; }

    /// <summary>Share of new traces that are recorded, 0 to 1.</summary>
    public double SampleRatio { get; init; } = 0.001;

    /// <summary>What is recorded follows the ratio whatever the caller says.</summary>
    public bool IgnoresCallersDecision { get; init; }

    /// <summary>Length of a new trace's id: 8 or 16.</summary>
    public int TraceIdBytes { get; init; } = 16;
}

/// <summary>
/// One policy of trace propagation: which context a request has, and which fields tell the upstream (<c>kong/tracing/propagation.lua</c>).
/// Immutable and lock-free; randomness is an argument; allocates nothing.
/// </summary>
public sealed class Propagation(PropagationOptions options)
{
    private readonly ulong _threshold = options.SampleRatio >= 1 ? ulong.MaxValue : (ulong)(Math.Max(0, options.SampleRatio) * ulong.MaxValue);

    public PropagationOptions Options { get; } = options;

    /// <summary>Decides identity and sampling of a request from its fields.</summary>
    public TraceIdentity Begin<THeaders, TRandom>(ref THeaders headers, ref TRandom random, out bool malformed)
        where THeaders : struct, IHeaderFields
        where TRandom : struct, ITraceRandom
    {
        TraceContext found = default;
        if (Options.OnFound != FoundFormat.Ignore)
        {
            TraceFields fields = TraceFields.Scan(ref headers);
            found = !Options.W3COnly ? TraceExtractor.Extract(ref headers, in fields)
                : fields.Has(TraceField.TraceParent) ? TraceExtractor.W3C(ref headers, in fields)
                : default;
        }

        malformed = found.IsMalformed;
        bool sampled = found.Sampling == SamplingDecision.Deferred || Options.IgnoresCallersDecision
            ? IsDrawn(random.Next())
            : found.Sampling == SamplingDecision.Sampled;
        return TraceIdentity.Create(in found, sampled, Options.TraceIdBytes, ref random);
    }

    /// <summary>Writes the fields for the upstream; the caller's of other formats stay as they are.</summary>
    public void Inject<THeaders>(in TraceIdentity identity, ref THeaders headers)
        where THeaders : struct, IHeaderFields
    {
        TraceFormat found = identity.Found == TraceFormat.None ? Options.Default : identity.Found;
        TraceInjector.Inject(found, in identity, ref headers);
        if (Options.Always != found)
        {
            TraceInjector.Inject(Options.Always, in identity, ref headers);
        }

        if (identity.IsContinued && !Options.W3COnly && TraceFields.Scan(ref headers).HasBaggage)
        {
            Baggage.Forward(ref headers, found == TraceFormat.OpenTracing || Options.Always == TraceFormat.OpenTracing);
        }
    }

    // A ratio of 1 takes every draw, one of 0 none.
    private bool IsDrawn(ulong draw) => draw < _threshold || _threshold == ulong.MaxValue;
}
