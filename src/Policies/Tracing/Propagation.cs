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

    /// <summary>
    /// Formats that are looked for, in order, until one has a context (Kong 3.7: <c>propagation.extract</c>); null is Kong's fixed order. B3
    /// stands for both of its kinds.
    /// </summary>
    public IReadOnlyList<TraceFormat>? Extract { get; init; }

    /// <summary>Formats that are sent, <see cref="TraceFormat.None"/> for the caller's (<c>propagation.inject</c>); null follows <see cref="Always"/>.</summary>
    public IReadOnlyList<TraceFormat>? Inject { get; init; }

    /// <summary>Request fields that are taken out before (<c>propagation.clear</c>).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Clear { get; init; } = [];

    /// <summary>Share of new traces that are recorded, 0 to 1.</summary>
    public double SampleRatio { get; init; } = 0.001;

    /// <summary>What is recorded follows the ratio whatever the caller says.</summary>
    public bool IgnoresCallersDecision { get; init; }

    /// <summary>The trace's own id is the draw for the ratio, so that every process with that ratio decides alike.</summary>
    public bool DrawsByTraceId { get; init; }

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

    /// <summary>What the request says, as far as it is listened to.</summary>
    public TraceContext Read<THeaders>(ref THeaders headers)
        where THeaders : struct, IHeaderFields
    {
        if (Options.OnFound == FoundFormat.Ignore)
        {
            return default;
        }

        TraceFields fields = TraceFields.Scan(ref headers);
        if (Options.Extract is { } formats)
        {
            for (int i = 0; i < formats.Count; i++)
            {
                TraceContext found = TraceExtractor.Extract(formats[i], ref headers, in fields);
                if (found.Format != TraceFormat.None && (found.TraceId.HasValue || !found.IsMalformed))
                {
                    return found;
                }
            }

            return default;
        }

        return !Options.W3COnly ? TraceExtractor.Extract(ref headers, in fields)
            : fields.Has(TraceField.TraceParent) ? TraceExtractor.W3C(ref headers, in fields)
            : default;
    }

    /// <summary>Decides identity and sampling of a request from its fields.</summary>
    public TraceIdentity Begin<THeaders, TRandom>(ref THeaders headers, ref TRandom random, out bool malformed)
        where THeaders : struct, IHeaderFields
        where TRandom : struct, ITraceRandom
    {
        TraceContext found = Read(ref headers);
        malformed = found.IsMalformed;
        bool asked = found.Sampling == SamplingDecision.Deferred || Options.IgnoresCallersDecision
            || (Options.W3COnly && !found.TraceId.HasValue);
        if (!asked || !Options.DrawsByTraceId)
        {
            bool sampled = asked ? IsDrawn(random.Next()) : found.Sampling == SamplingDecision.Sampled;
            return TraceIdentity.Create(in found, sampled, Options.TraceIdBytes, ref random);
        }

        TraceIdentity identity = TraceIdentity.Create(in found, sampled: false, Options.TraceIdBytes, ref random);
        return identity.Decide(IsDrawn(identity.TraceId.Low << 1));
    }

    /// <summary>Writes the fields for the upstream; the caller's of other formats stay as they are.</summary>
    public void Inject<THeaders>(in TraceIdentity identity, ref THeaders headers)
        where THeaders : struct, IHeaderFields
    {
        for (int i = 0; i < Options.Clear.Count; i++)
        {
            headers.Remove(Options.Clear[i].Span);
        }

        TraceFormat found = identity.Found == TraceFormat.None ? Options.Default : identity.Found;
        bool asOpenTracing = false;
        if (Options.Inject is { } formats)
        {
            for (int i = 0; i < formats.Count; i++)
            {
                TraceFormat format = formats[i] == TraceFormat.None ? found : formats[i];
                TraceInjector.Inject(format, in identity, ref headers);
                asOpenTracing |= format == TraceFormat.OpenTracing;
            }
        }
        else
        {
            TraceInjector.Inject(found, in identity, ref headers);
            if (Options.Always != found)
            {
                TraceInjector.Inject(Options.Always, in identity, ref headers);
            }

            asOpenTracing = found == TraceFormat.OpenTracing || Options.Always == TraceFormat.OpenTracing;
        }

        if (identity.IsContinued && !Options.W3COnly && TraceFields.Scan(ref headers).HasBaggage)
        {
            Baggage.Forward(ref headers, asOpenTracing);
        }
    }

    // A ratio of 1 takes every draw, one of 0 none.
    private bool IsDrawn(ulong draw) => draw < _threshold || _threshold == ulong.MaxValue;
}
