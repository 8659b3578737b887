using System.Buffers;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// Kong's response-transformer, compiled. Presence tests look at the fields as they were when the plugin began, as Kong's do.
/// Immutable, thread-safe, no allocation for header edits.
/// </summary>
public sealed class ResponseTransform
{
    public ResponseTransform(ResponseTransformOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
    }

    public bool HasHeaderEdits => throw new NotImplementedException();

    public bool HasJsonEdits => throw new NotImplementedException();

    public void EditHeaders<THeaders>(ref THeaders response)
        where THeaders : struct, IHeaderEdits, allows ref struct => throw new NotImplementedException();

    /// <summary>True when JSON edits apply: the caller collects the body (bounded), drops Content-Length and calls <see cref="EditJson"/>.</summary>
    public bool EditsBodyOf(ReadOnlySpan<byte> contentType) => throw new NotImplementedException();

    /// <summary>Edits a whole JSON body; Unchanged when it does not parse (send the original).</summary>
    public BodyEditOutcome EditJson(ReadOnlySpan<byte> body, IBufferWriter<byte> output) => throw new NotImplementedException();
}
