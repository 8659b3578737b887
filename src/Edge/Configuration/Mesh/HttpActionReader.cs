using System.Text;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads redirect, directResponse and rewrite of a rule.</summary>
internal static class HttpActionReader
{
    private const int LargestBody = 1024 * 1024;

    /// <summary>Reads <c>redirect</c>; null when absent.</summary>
    public static RedirectSettings? Redirect(MeshRecord parent)
    {
        if (parent.Record("redirect") is not { } record)
        {
            return null;
        }

        record.OneOf("port", "derivePort");
        RedirectSettings redirect = new()
        {
            Span = record.Span,
            Uri = record.Text("uri"),
            PrefixRewrite = record.Text("prefixRewrite"),
            Authority = record.Text("authority"),
            Scheme = record.Choice<int>("scheme", ("http", 0), ("https", 1)) is null ? null : record.Text("scheme"),
            Port = record.Port("port"),
            DerivePort = record.Choice<RedirectPort>("derivePort",
                ("FROM_PROTOCOL_DEFAULT", RedirectPort.FromProtocolDefault), ("FROM_REQUEST_PORT", RedirectPort.FromRequestPort)) ?? RedirectPort.None,
            Code = record.Integer("redirectCode") is { } code and not 0 ? code : 301,
        };
        record.Done();
        if (redirect.Code is not (301 or 302 or 303 or 307 or 308))
        {
            record.Report(FindingCodes.MeshNotAllowed, "redirectCode", $"{redirect.Code} is none of 301, 302, 303, 307, 308");
        }

        if (redirect is { Uri: not null, PrefixRewrite: not null })
        {
            record.ReportKey(FindingCodes.MeshOneOf, "prefixRewrite", "only one of uri, prefixRewrite may be set");
        }

        if (redirect is { Uri: null, PrefixRewrite: null, Authority: null, Scheme: null, Port: null, DerivePort: RedirectPort.None })
        {
            record.ReportHere(FindingCodes.MeshRequired, "uri, authority, scheme or port is required");
        }

        return redirect;
    }

    /// <summary>Reads <c>directResponse</c>; null when absent or unusable.</summary>
    public static DirectResponseSettings? DirectResponse(MeshRecord parent)
    {
        if (parent.Record("directResponse") is not { } record)
        {
            return null;
        }

        int? status = record.Integer("status", 200, 599);
        if (!record.Has("status"))
        {
            record.ReportHere(FindingCodes.MeshRequired, "status is required");
        }

        ReadOnlyMemory<byte>? body = record.Record("body") is { } inner ? Body(inner) : null;
        record.Done();
        return status is null ? null : new DirectResponseSettings(status.Value, body, record.Span);
    }

    /// <summary>Reads <c>rewrite</c>; null when absent.</summary>
    public static RewriteSettings? Rewrite(MeshRecord parent)
    {
        if (parent.Record("rewrite") is not { } record)
        {
            return null;
        }

        string? uri = record.Text("uri");
        string? authority = record.Text("authority");
        MeshRecord? regex = record.Record("uriRegexRewrite");
        string? pattern = regex?.Required("match");
        string? replacement = regex?.Required("rewrite");
        if (pattern is not null)
        {
            MeshFields.Pattern(regex!, "match", pattern);
        }

        regex?.Done();
        record.Done();
        if (uri is not null && regex is not null)
        {
            record.ReportKey(FindingCodes.MeshOneOf, "uriRegexRewrite", "only one of uri, uriRegexRewrite may be set");
        }

        if (uri is null && authority is null && regex is null)
        {
            record.ReportHere(FindingCodes.MeshRequired, "uri, uriRegexRewrite or authority is required");
        }

        return new RewriteSettings
        {
            Span = record.Span,
            Uri = uri,
            Authority = authority,
            RegexMatch = pattern,
            RegexRewrite = replacement ?? "",
            RegexSpan = regex?.SpanOf("match") ?? default,
        };
    }

    private static ReadOnlyMemory<byte>? Body(MeshRecord record)
    {
        record.OneOf("string", "bytes");
        byte[]? body = record.Text("string") is { } text ? Encoding.UTF8.GetBytes(text) : null;
        if (record.Text("bytes") is { } encoded)
        {
            try
            {
                body = Convert.FromBase64String(encoded);
            }
            catch (FormatException)
            {
                record.Report(FindingCodes.MeshBadValue, "bytes", "expected base64");
            }
        }

        if (body is { Length: > LargestBody })
        {
            record.ReportHere(FindingCodes.MeshOutOfRange, "a body has at most 1 MiB");
        }

        record.Done();
        return body;
    }
}
