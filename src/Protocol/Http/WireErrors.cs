namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>The answer to each <see cref="WireError"/> on the request side. Immutable, safe from any thread.</summary>
public static class WireErrors
{
    /// <summary>Status of the answer to a client; 0 means close without one. Errors in upstream answers are always 502.</summary>
    public static int Status(this WireError error) => throw new NotImplementedException();

    /// <summary>Name in the access log and in <c>edge_protocol_errors_total{kind}</c>, for example <c>te_and_cl</c>.</summary>
    public static string Reason(this WireError error) => throw new NotImplementedException();

    /// <summary>True when nothing further on the connection may be parsed and the answer carries <c>Connection: close</c>.</summary>
    public static bool ClosesConnection(this WireError error) => throw new NotImplementedException();
}
