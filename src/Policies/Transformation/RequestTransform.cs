using System.Buffers;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// Kong's request-transformer, compiled (kong.md 8.2). Stages in Kong's order: uri, method, headers, body, query string; the caller runs those
/// whose flag is set. Immutable, thread-safe. Header edits allocate nothing.
/// </summary>
public sealed class RequestTransform
{
    private readonly TemplateText? _uri;
    private readonly byte[] _method;
    private readonly HeaderEditPlan _headers;
    private readonly ArgumentEditPlan _query;
    private readonly ArgumentEditPlan _body;
    private readonly bool _headersHaveTemplates;

    /// <summary>Throws <see cref="ArgumentException"/> for a template that does not parse.</summary>
    public RequestTransform(RequestTransformOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _uri = string.IsNullOrEmpty(options.ReplaceUri) ? null : TemplateText.Parse(options.ReplaceUri);
        _method = options.HttpMethod is null ? [] : Encoding.UTF8.GetBytes(options.HttpMethod.ToUpperInvariant());
        _headers = HeaderEditPlan.ForRequest(options.Headers);
        _query = new ArgumentEditPlan(options.QueryString);
        _body = new ArgumentEditPlan(options.Body);
        _headersHaveTemplates = _headers.Replace.Concat(_headers.Add).Concat(_headers.Append).Any(static e => !e.Value.IsLiteral);
    }

    public bool HasUri => _uri is not null;

    /// <summary>The new method, or empty.</summary>
    public ReadOnlySpan<byte> Method => _method;

    public bool HasHeaderEdits => !_headers.IsEmpty;

    public bool HasBodyEdits => !_body.IsEmpty;

    public bool HasQueryEdits => !_query.IsEmpty;

    /// <summary>Writes the path of replace.uri, escaped. False: the template gave no path, or one with dot segments (500).</summary>
    public bool TryWriteUri<THeaders>(scoped in TemplateFacts facts, ref THeaders headers, IBufferWriter<byte> output)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_uri is null)
        {
            return false;
        }

        ScratchBuffer rendered = default;
        _uri.Render(facts, ref headers, ref rendered, escapeForPath: true);
        ReadOnlySpan<byte> path = rendered.Written;
        bool valid = !path.IsEmpty && path[0] == '/' && (_uri.IsLiteral || !HasDotSegment(path));
        if (valid)
        {
            Span<byte> destination = output.GetSpan(path.Length * UpstreamPath.MaxExpansion);
            int written = 0;
            UpstreamPath.TryAppend(path, destination, ref written);
            output.Advance(written);
        }

        rendered.Dispose();
        return valid;
    }

    /// <summary>
    /// Edits the request fields. Host may be replaced, never added. Templates see the fields as they were before. False: a template gave bytes that
    /// may not stand in a field value (500); nothing was edited.
    /// </summary>
    public bool TryEditHeaders<THeaders>(scoped in TemplateFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        if (!_headersHaveTemplates)
        {
            ApplyHeaders(default, default, ref headers);
            return true;
        }

        return TryEditWithTemplates(facts, ref headers);
    }

    /// <summary>Writes the edited query string (no question mark; possibly nothing). Always true: kept for the stages' common shape.</summary>
    public bool TryEditQuery<THeaders>(scoped in TemplateFacts facts, ref THeaders headers, IBufferWriter<byte> output)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentEditor.Edit(_query, facts.Query, facts, ref headers, output);
        return true;
    }

    /// <summary>True when body edits apply to this Content-Type: the caller then collects the body (bounded) and calls <see cref="TryEditBody"/>.</summary>
    public bool EditsBodyOf(ReadOnlySpan<byte> contentType) => HasBodyEdits && BodyForms.Of(contentType) != BodyForm.Other;

    /// <summary>
    /// Edits a whole body. Outcome Unchanged: send the original.
    /// </summary>
    public BodyEditOutcome TryEditBody<THeaders>(
        scoped in TemplateFacts facts,
        ref THeaders headers,
        ReadOnlySpan<byte> contentType,
        ReadOnlySpan<byte> body,
        IBufferWriter<byte> output)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(output);
        switch (BodyForms.Of(contentType))
        {
            case BodyForm.Json:
                return JsonBodyEditor.Edit(_body, body, facts, ref headers, output);
            case BodyForm.UrlEncoded:
                ArgumentEditor.Edit(_body, body, facts, ref headers, output);
                return BodyEditOutcome.Changed;
            case BodyForm.Multipart:
                return MultipartEditor.Edit(_body, contentType, body, facts, ref headers, output);
            default:
                return BodyEditOutcome.Unchanged;
        }
    }

    /// <summary>
    /// True when http_method turns this request into GET, HEAD or TRACE and its form arguments also go into the query: the caller collects the
    /// body and appends it, after <c>&amp;</c> if there is a query already.
    /// </summary>
    public bool MovesFormToQuery(ReadOnlySpan<byte> contentType) =>
        (Method.SequenceEqual("GET"u8) || Method.SequenceEqual("HEAD"u8) || Method.SequenceEqual("TRACE"u8))
        && BodyForms.Of(contentType) == BodyForm.UrlEncoded;

    // What a variable inserted must not climb out of the path the operator wrote.
    private static bool HasDotSegment(ReadOnlySpan<byte> path)
    {
        foreach (Range range in path.Split((byte)'/'))
        {
            ReadOnlySpan<byte> segment = path[range];
            if (segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8))
            {
                return true;
            }
        }

        return false;
    }

    // All values are rendered before the first edit, into one buffer.
    private bool TryEditWithTemplates<THeaders>(scoped in TemplateFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        ScratchBuffer rendered = default;
        int count = _headers.Replace.Length + _headers.Add.Length + _headers.Append.Length;
        int[] ends = ArrayPool<int>.Shared.Rent(count);
        int at = 0;
        RenderAll(_headers.Replace, facts, ref headers, ref rendered, ends, ref at);
        RenderAll(_headers.Add, facts, ref headers, ref rendered, ends, ref at);
        RenderAll(_headers.Append, facts, ref headers, ref rendered, ends, ref at);

        // A decoded query argument may hold a line break: it must not become a field of its own.
        bool valid = rendered.Written.IndexOfAnyInRange((byte)0, (byte)8) < 0
            && rendered.Written.IndexOfAnyInRange((byte)10, (byte)31) < 0
            && !rendered.Written.Contains((byte)127);
        if (valid)
        {
            ApplyHeaders(rendered.Written, ends.AsSpan(0, count), ref headers);
        }

        ArrayPool<int>.Shared.Return(ends);
        rendered.Dispose();
        return valid;
    }

    private static void RenderAll<THeaders>(
        HeaderValueEdit[] edits, scoped in TemplateFacts facts, ref THeaders headers, ref ScratchBuffer rendered, int[] ends, ref int at)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        foreach (HeaderValueEdit edit in edits)
        {
            edit.Value.Render(facts, ref headers, ref rendered);
            ends[at++] = rendered.Length;
        }
    }

    // Values come from the rendered text, in edit order, or without ends from the literals.
    private void ApplyHeaders<THeaders>(scoped ReadOnlySpan<byte> rendered, scoped ReadOnlySpan<int> ends, ref THeaders headers)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        int at = 0;
        foreach (byte[] name in _headers.Remove)
        {
            headers.Remove(name);
        }

        foreach ((byte[] old, byte[] renamed) in _headers.Rename)
        {
            headers.Rename(old, renamed);
        }

        foreach (HeaderValueEdit edit in _headers.Replace)
        {
            ReadOnlySpan<byte> value = ValueOf(edit, rendered, ends, at++);
            if (edit.IsHost || headers.TryGet(edit.Name, out _))
            {
                headers.Set(edit.Name, value);
            }
        }

        foreach (HeaderValueEdit edit in _headers.Add)
        {
            ReadOnlySpan<byte> value = ValueOf(edit, rendered, ends, at++);
            if (!headers.TryGet(edit.Name, out _))
            {
                headers.Add(edit.Name, value);
            }
        }

        foreach (HeaderValueEdit edit in _headers.Append)
        {
            headers.Add(edit.Name, ValueOf(edit, rendered, ends, at++));
        }
    }

    private static ReadOnlySpan<byte> ValueOf(HeaderValueEdit edit, ReadOnlySpan<byte> rendered, ReadOnlySpan<int> ends, int index)
    {
        if (ends.IsEmpty)
        {
            return edit.Value.LiteralUtf8;
        }

        int start = index == 0 ? 0 : ends[index - 1];
        return rendered[start..ends[index]];
    }
}

/// <summary>What became of a body.</summary>
public enum BodyEditOutcome
{
    Unchanged,
    Changed,
    Failed,
}
