namespace VoltageSoda.Edge.Exchanges;

/// <summary>The decisions of <see cref="Admission"/> and <see cref="QuotaStep"/>, in the order in which they are taken.</summary>
internal enum AdmissionStep : byte
{
    /// <summary>The route is for https alone.</summary>
    Https,

    Correlation,

    Cors,

    Jwt,

    KeyAuth,

    BasicAuth,

    IpRestriction,

    BodySize,

    Acl,

    RateLimit,

    TokenBucket,

    Termination,
}

/// <summary>
/// Hears every decision of <see cref="Admission"/> as it is taken. Implemented by structs and taken as a generic argument, so that serving,
/// which listens to nothing, pays nothing.
/// </summary>
internal interface IAdmissionTrace
{
    /// <summary><paramref name="reply"/> is empty when the request goes on.</summary>
    void Decided(AdmissionStep step, in LocalReply reply);
}

/// <summary>Hears nothing.</summary>
internal readonly struct NoAdmissionTrace : IAdmissionTrace
{
    public void Decided(AdmissionStep step, in LocalReply reply)
    {
    }
}
