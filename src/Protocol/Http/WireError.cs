namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Why bytes of a peer are refused. One value, one meaning; <see cref="WireErrors"/> gives status, log reason and connection fate.</summary>
public enum WireError : byte
{
    None = 0,

    /// <summary>Bare LF, bare CR, CR CR LF, or too many empty lines before the start line.</summary>
    BadLineEnd,

    /// <summary>Method missing or not a token; also any first bytes that cannot become a request line.</summary>
    BadMethod,

    /// <summary>Method longer than 64 bytes.</summary>
    MethodTooLong,

    /// <summary>TRACE, refused with the connection kept; the head is complete so that a body can be drained.</summary>
    TraceRefused,

    /// <summary>CONNECT, which a reverse gateway does not serve.</summary>
    ConnectRefused,

    /// <summary>Request target malformed or of a form that the method does not allow.</summary>
    BadTarget,

    /// <summary>Absolute-form target whose scheme is not that of the listener.</summary>
    SchemeMismatch,

    /// <summary>A path that climbs above the root.</summary>
    PathAboveRoot,

    /// <summary>An encoded slash or backslash where the listener rejects them.</summary>
    EscapedSlash,

    /// <summary>Version missing or malformed.</summary>
    BadVersion,

    /// <summary>Well-formed version other than 1.0 and 1.1.</summary>
    UnsupportedVersion,

    /// <summary>The HTTP/2 connection preface where HTTP/1 is read.</summary>
    Http2Preface,

    /// <summary>First line of an upstream answer is not a status line.</summary>
    BadStatusLine,

    /// <summary>Field name empty or not a token, or a line without a colon.</summary>
    BadHeaderName,

    /// <summary>Underscore in a field name on a listener that rejects it.</summary>
    UnderscoreName,

    /// <summary>White space between field name and colon.</summary>
    SpaceBeforeColon,

    /// <summary>Control byte in a field value.</summary>
    BadHeaderValue,

    /// <summary>A field that may occur once occurs again (Authorization, Content-Type, Upgrade and its companions).</summary>
    DuplicateSingleton,

    /// <summary>Line folding.</summary>
    ObsFold,

    HostMissing,

    HostDuplicate,

    HostInvalid,

    /// <summary>HTTP/1.0 without Host on a listener that wants the client to upgrade.</summary>
    HostlessOldClient,

    ContentLengthInvalid,

    ContentLengthDuplicate,

    TransferEncodingInvalid,

    /// <summary>A well-formed coding list that ends in chunked but holds codings the edge does not undo.</summary>
    TransferEncodingUnknown,

    /// <summary>Transfer-Encoding in an HTTP/1.0 message.</summary>
    TransferEncodingInOldVersion,

    TransferEncodingAndContentLength,

    /// <summary>An Expect value other than 100-continue.</summary>
    ExpectationUnknown,

    ChunkSize,

    ChunkExtension,

    /// <summary>Extension bytes of one line or of the message above the limit.</summary>
    ChunkExtensionTooLong,

    /// <summary>Chunk data not followed by CR LF.</summary>
    ChunkEnd,

    /// <summary>Too much chunk framing for too little data.</summary>
    ChunkOverhead,

    /// <summary>A trailer line breaks the header rules.</summary>
    Trailer,

    /// <summary>Trailer fields above their count or size limit.</summary>
    TrailerTooLarge,

    RequestLineTooLong,

    HeaderLineTooLong,

    HeadersTooLarge,

    TooManyHeaders,

    /// <summary>Body above its limit.</summary>
    BodyTooLarge,

    /// <summary>The peer ended the stream inside a head or body.</summary>
    EndOfInput,

    /// <summary>The head did not arrive in time.</summary>
    HeadTimeout,

    /// <summary>The body did not arrive in time.</summary>
    BodyTimeout,

    /// <summary>PROXY protocol header missing or malformed: the connection is closed without an answer.</summary>
    ProxyHeader,

    /// <summary>A field added by configuration, plugin or template that may not be written (CR, LF, NUL, control, bad name).</summary>
    UnwritableField,
}
