using System.Buffers;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// Kong's request-transformer, compiled. Stages in Kong's order: uri, method, headers, body, query string; the caller runs those
/// whose flag is set. Immutable, thread-safe. Header edits without templates allocate nothing.
/// </summary>
public sealed class RequestTransform
{
    /// <summary>Throws <see cref="ArgumentException"/> for a template that does not parse.</summary>
    public RequestTransform(RequestTransformOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
    }

    public bool HasUri => throw new NotImplementedException();

    /// <summary>The new method, or empty.</summary>
    public ReadOnlySpan<byte> Method => throw new NotImplementedException();

    public bool HasHeaderEdits => throw new NotImplementedException();

    public bool HasBodyEdits => throw new NotImplementedException();

    public bool HasQueryEdits => throw new NotImplementedException();

    /// <summary>Writes the path of replace.uri, escaped. False: the template failed (500).</summary>
    public bool TryWriteUri<THeaders>(scoped in TemplateFacts facts, ref THeaders headers, IBufferWriter<byte> output)
        where THeaders : struct, IHeaderSource, allows ref struct => throw new NotImplementedException();

    /// <summary>Edits the request fields. Host may be replaced, never added. False: a template failed (500).</summary>
    public bool TryEditHeaders<THeaders>(scoped in TemplateFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderEdits, allows ref struct => throw new NotImplementedException();

    /// <summary>Writes the edited query string (no question mark; possibly nothing). False: a template failed (500).</summary>
    public bool TryEditQuery<THeaders>(scoped in TemplateFacts facts, ref THeaders headers, IBufferWriter<byte> output)
        where THeaders : struct, IHeaderSource, allows ref struct => throw new NotImplementedException();

    /// <summary>True when body edits apply to this Content-Type: the caller then collects the body (bounded) and calls <see cref="TryEditBody"/>.</summary>
    public bool EditsBodyOf(ReadOnlySpan<byte> contentType) => throw new NotImplementedException();

    /// <summary>
    /// Edits a whole body. Outcome Unchanged: send the original. Failed: a template failed (500).
    /// </summary>
    public BodyEditOutcome TryEditBody<THeaders>(
        scoped in TemplateFacts facts,
        ref THeaders headers,
        ReadOnlySpan<byte> contentType,
        ReadOnlySpan<byte> body,
        IBufferWriter<byte> output)
        where THeaders : struct, IHeaderSource, allows ref struct => throw new NotImplementedException();
}

/// <summary>What became of a body.</summary>
public enum BodyEditOutcome
{
    Unchanged,
    Changed,
    Failed,
}
