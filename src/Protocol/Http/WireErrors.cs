namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>The answer to each <see cref="WireError"/> on the request side. Immutable, safe from any thread.</summary>
public static class WireErrors
{
    /// <summary>Status of the answer to a client when an upstream breaks the protocol, whatever the error.</summary>
    public const int UpstreamStatus = 502;

    /// <summary>Status of the answer to a client; 0 means close without one. Errors in upstream answers are always 502.</summary>
    public static int Status(this WireError error) => Row(error).Status;

    /// <summary>Name in the access log and in <c>edge_protocol_errors_total{kind}</c>, for example <c>te_and_cl</c>.</summary>
    public static string Reason(this WireError error) => Row(error).Reason;

    /// <summary>True when nothing further on the connection may be parsed and the answer carries <c>Connection: close</c>.</summary>
    public static bool ClosesConnection(this WireError error) => error is not (WireError.None or WireError.TraceRefused);

    private static (int Status, string Reason) Row(WireError error) => error switch
    {
        WireError.None => (0, ""),
        WireError.BadLineEnd => (400, "bad_line_end"),
        WireError.BadMethod => (400, "bad_method"),
        WireError.MethodTooLong => (501, "bad_method"),
        WireError.TraceRefused => (405, "bad_method"),
        WireError.ConnectRefused => (405, "bad_method"),
        WireError.BadTarget => (400, "bad_target"),
        WireError.SchemeMismatch => (400, "bad_target"),
        WireError.PathAboveRoot => (400, "bad_target"),
        WireError.EscapedSlash => (400, "bad_target"),
        WireError.BadVersion => (400, "bad_version"),
        WireError.UnsupportedVersion => (505, "bad_version"),
        WireError.Http2Preface => (400, "bad_version"),
        WireError.BadStatusLine => (400, "bad_status_line"),
        WireError.BadHeaderName => (400, "bad_header_name"),
        WireError.UnderscoreName => (400, "bad_header_name"),
        WireError.SpaceBeforeColon => (400, "space_before_colon"),
        WireError.BadHeaderValue => (400, "bad_header_value"),
        WireError.DuplicateSingleton => (400, "bad_header_value"),
        WireError.ObsFold => (400, "obs_fold"),
        WireError.HostMissing => (400, "host_missing"),
        WireError.HostDuplicate => (400, "host_duplicate"),
        WireError.HostInvalid => (400, "host_invalid"),
        WireError.HostlessOldClient => (426, "host_missing"),
        WireError.ContentLengthInvalid => (400, "cl_invalid"),
        WireError.ContentLengthDuplicate => (400, "cl_duplicate"),
        WireError.TransferEncodingInvalid => (400, "te_invalid"),
        WireError.TransferEncodingUnknown => (501, "te_invalid"),
        WireError.TransferEncodingInOldVersion => (400, "te_invalid"),
        WireError.TransferEncodingAndContentLength => (400, "te_and_cl"),
        WireError.ExpectationUnknown => (417, "bad_header_value"),
        WireError.ChunkSize => (400, "chunk_size"),
        WireError.ChunkExtension => (400, "chunk_ext"),
        WireError.ChunkExtensionTooLong => (413, "limit_chunk_ext"),
        WireError.ChunkEnd => (400, "chunk_end"),
        WireError.ChunkOverhead => (400, "limit_chunk_overhead"),
        WireError.Trailer => (400, "trailer"),
        WireError.TrailerTooLarge => (431, "limit_trailer"),
        WireError.RequestLineTooLong => (414, "limit_request_line"),
        WireError.HeaderLineTooLong => (431, "limit_header_line"),
        WireError.HeadersTooLarge => (431, "limit_headers_total"),
        WireError.TooManyHeaders => (431, "limit_header_count"),
        WireError.BodyTooLarge => (413, "limit_body"),
        WireError.EndOfInput => (400, "end_of_input"),
        WireError.HeadTimeout => (408, "timeout_request_head"),
        WireError.BodyTimeout => (408, "timeout_body"),
        WireError.ProxyHeader => (0, "proxy_protocol"),
        WireError.UnwritableField => (500, "unwritable_field"),
        _ => (400, "unknown"),
    };
}
