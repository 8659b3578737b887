namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>A request body as far as it is known. Borrowed; lives on the stack.</summary>
public readonly ref struct RequestBodyText
{
    /// <summary>Value of Content-Type; empty when absent.</summary>
    public ReadOnlySpan<byte> ContentType { get; init; }

    /// <summary>The whole body, once <see cref="IsKnown"/>.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>False while the body has not been read; true for a request without one.</summary>
    public bool IsKnown { get; init; }
}
