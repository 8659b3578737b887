using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing.Mesh;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>Where a piece of an <see cref="OperatorText"/> comes from.</summary>
internal enum OperatorSource
{
    Literal,
    RequestHeader,
    ResponseHeader,
    Value,
}

/// <summary>A piece of an <see cref="OperatorText"/>.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Text">The literal, or the name of the header field.</param>
/// <param name="Alternative">The field to take when the first is absent; empty for none.</param>
/// <param name="Limit">Bytes to keep.</param>
/// <param name="Operator">The operator of a value.</param>
internal sealed record OperatorPart(OperatorSource Source, byte[] Text, byte[] Alternative, int Limit, MeshOperator Operator);

/// <summary>
/// A header value with Envoy's <c>%OPERATORS%</c>, parsed at load; <c>%%</c> is a percent sign. What is absent renders as nothing. Immutable,
/// thread-safe, no allocation.
/// </summary>
public sealed class OperatorText
{
    private static readonly Dictionary<string, MeshOperator> Operators = new(StringComparer.Ordinal)
    {
        ["PROTOCOL"] = MeshOperator.Protocol,
        ["DOWNSTREAM_REMOTE_ADDRESS"] = MeshOperator.DownstreamRemoteAddress,
        ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = MeshOperator.DownstreamRemoteAddressWithoutPort,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS"] = MeshOperator.DownstreamDirectRemoteAddress,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT"] = MeshOperator.DownstreamDirectRemoteAddressWithoutPort,
        ["DOWNSTREAM_LOCAL_ADDRESS"] = MeshOperator.DownstreamLocalAddress,
        ["DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"] = MeshOperator.DownstreamLocalAddressWithoutPort,
        ["DOWNSTREAM_LOCAL_PORT"] = MeshOperator.DownstreamLocalPort,
        ["REQUESTED_SERVER_NAME"] = MeshOperator.RequestedServerName,
        ["ROUTE_NAME"] = MeshOperator.RouteName,
        ["UPSTREAM_HOST"] = MeshOperator.UpstreamHost,
        ["UPSTREAM_CLUSTER"] = MeshOperator.UpstreamCluster,
        ["RESPONSE_CODE"] = MeshOperator.ResponseCode,
        ["RESPONSE_CODE_DETAILS"] = MeshOperator.ResponseCodeDetails,
        ["RESPONSE_FLAGS"] = MeshOperator.ResponseFlags,
        ["START_TIME"] = MeshOperator.StartTime,
        ["HOSTNAME"] = MeshOperator.HostName,
    };

    private const int StackValue = 256;

    // No name or address is longer.
    private const int MaxValue = 64 * 1024;

    private readonly OperatorPart[] _parts;

    private OperatorText(OperatorPart[] parts) => _parts = parts;

    /// <summary>True when the text has no operator.</summary>
    public bool IsLiteral => _parts is [] or [{ Source: OperatorSource.Literal }];

    /// <summary>The text of a literal; empty for any other.</summary>
    internal ReadOnlySpan<byte> LiteralUtf8 => _parts is [{ Source: OperatorSource.Literal, Text: var text }] ? text : default;

    /// <summary>Parses; <paramref name="error"/> names what is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out OperatorText? parsed, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<OperatorPart> parts = [];
        StringBuilder literal = new();
        parsed = null;
        for (int at = 0; at < text.Length;)
        {
            if (text[at] != '%')
            {
                literal.Append(text[at++]);
                continue;
            }

            int end = text.IndexOf('%', at + 1);
            if (end < 0)
            {
                error = "a percent sign begins an operator that does not end; write %% for a percent sign";
                return false;
            }

            string name = text[(at + 1)..end];
            at = end + 1;
            if (name.Length == 0)
            {
                literal.Append('%');
                continue;
            }

            if (Parse(name, out string? wrong) is not { } part)
            {
                error = wrong ?? "invalid operator";
                return false;
            }

            Flush();
            parts.Add(part);
        }

        Flush();
        parsed = new OperatorText([.. parts]);
        error = null;
        return true;

        void Flush()
        {
            if (literal.Length > 0)
            {
                parts.Add(new OperatorPart(OperatorSource.Literal, Encoding.UTF8.GetBytes(literal.ToString()), [], int.MaxValue, default));
                literal.Clear();
            }
        }
    }

    /// <summary>Appends the rendered text.</summary>
    internal void Render<TRequest, TResponse, TValues>(
        scoped in MeshRequest request, ref TRequest requestHeaders, ref TResponse responseHeaders, ref TValues values, ref ScratchBuffer output)
        where TRequest : struct, IHeaderSource, allows ref struct
        where TResponse : struct, IHeaderSource, allows ref struct
        where TValues : struct, IMeshOperatorValues, allows ref struct
    {
        foreach (OperatorPart part in _parts)
        {
            switch (part.Source)
            {
                case OperatorSource.Literal:
                    output.Append(part.Text);
                    break;
                case OperatorSource.RequestHeader:
                    if (!TryAppendRequest(part.Text, part.Limit, request, ref requestHeaders, ref output) && part.Alternative.Length != 0)
                    {
                        TryAppendRequest(part.Alternative, part.Limit, request, ref requestHeaders, ref output);
                    }

                    break;
                case OperatorSource.ResponseHeader:
                    if (!TryAppendField(part.Text, part.Limit, ref responseHeaders, ref output) && part.Alternative.Length != 0)
                    {
                        TryAppendField(part.Alternative, part.Limit, ref responseHeaders, ref output);
                    }

                    break;
                default:
                    AppendValue(part, ref values, ref output);
                    break;
            }
        }
    }

    private static void AppendValue<TValues>(OperatorPart part, ref TValues values, ref ScratchBuffer output)
        where TValues : struct, IMeshOperatorValues, allows ref struct
    {
        Span<byte> small = stackalloc byte[StackValue];
        int length = values.Format(part.Operator, small);
        if (length >= 0)
        {
            output.Append(small[..Math.Min(length, part.Limit)]);
            return;
        }

        for (int size = 2 * StackValue; length < 0 && size <= MaxValue; size *= 2)
        {
            byte[] rented = ArrayPool<byte>.Shared.Rent(size);
            length = values.Format(part.Operator, rented);
            if (length >= 0)
            {
                output.Append(rented.AsSpan(0, Math.Min(length, part.Limit)));
            }

            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool TryAppendRequest<TRequest>(
        ReadOnlySpan<byte> name, int limit, scoped in MeshRequest request, ref TRequest headers, ref ScratchBuffer output)
        where TRequest : struct, IHeaderSource, allows ref struct
    {
        if (name[0] != ':')
        {
            return TryAppendField(name, limit, ref headers, ref output);
        }

        ReadOnlySpan<byte> value = name switch
        {
            _ when name.SequenceEqual(":method"u8) => request.Method,
            _ when name.SequenceEqual(":path"u8) => request.PathAndQuery,
            _ when name.SequenceEqual(":authority"u8) => request.Authority,
            _ when name.SequenceEqual(":scheme"u8) => request.Scheme,
            _ => default,
        };
        output.Append(value[..Math.Min(value.Length, limit)]);
        return !value.IsEmpty;
    }

    private static bool TryAppendField<THeaders>(ReadOnlySpan<byte> name, int limit, ref THeaders headers, ref ScratchBuffer output)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        if (!headers.TryGet(name, out ReadOnlySpan<byte> value))
        {
            return false;
        }

        output.Append(value[..Math.Min(value.Length, limit)]);
        return true;
    }

    // NAME, NAME(FIELD), NAME(FIELD?FIELD), each with :LIMIT.
    private static OperatorPart? Parse(string text, out string? error)
    {
        error = null;
        int open = text.IndexOf('(', StringComparison.Ordinal);
        int limit = int.MaxValue;
        int colon = text.IndexOf(':', Math.Max(text.LastIndexOf(')'), 0));
        if (colon >= 0)
        {
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out limit))
            {
                error = $"%{text}%: what follows the colon is a number of bytes";
                return null;
            }

            text = text[..colon];
        }

        string name = open < 0 ? text : text[..open];
        if (name is "REQ" or "RESP")
        {
            if (open < 0 || !text.EndsWith(')') || text.Length == open + 2)
            {
                error = $"%{text}%: write %{name}(NAME)% with the name of a header field";
                return null;
            }

            string[] names = text[(open + 1)..^1].Split('?');
            if (names.Length > 2 || names.Any(static field => field.Length == 0))
            {
                error = $"%{text}%: one field and one alternative, as in %{name}(A?B)%";
                return null;
            }

            return new OperatorPart(
                name == "REQ" ? OperatorSource.RequestHeader : OperatorSource.ResponseHeader,
                Encoding.UTF8.GetBytes(names[0].ToLowerInvariant()),
                names.Length < 2 ? [] : Encoding.UTF8.GetBytes(names[1].ToLowerInvariant()),
                limit,
                default);
        }

        if (!Operators.TryGetValue(text, out MeshOperator known))
        {
            error = $"%{text}% is not an operator for header values; known are %REQ(NAME)%, %RESP(NAME)%, "
                + string.Join(", ", Operators.Keys.Order(StringComparer.Ordinal).Select(static key => $"%{key}%"));
            return null;
        }

        return new OperatorPart(OperatorSource.Value, [], [], limit, known);
    }
}
