using System.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>How a correlation id is made up.</summary>
public enum CorrelationGenerator
{
    /// <summary>A random UUID per request.</summary>
    Uuid,

    /// <summary>A random UUID per worker, <c>#</c> and a number that counts its requests.</summary>
    UuidCounter,

    /// <summary>Address, port, process, connection, request of the connection, time.</summary>
    Tracker,
}

/// <summary>Kong's correlation-id plugin (P/correlation-id/handler.lua), as configured; making ids up needs what its user has. Immutable.</summary>
public sealed class CorrelationId(string headerName, CorrelationGenerator generator, bool echoDownstream)
{
    private readonly byte[] _headerName = Encoding.UTF8.GetBytes(headerName);

    /// <summary>Field that carries the id.</summary>
    public ReadOnlySpan<byte> HeaderName => _headerName;

    public CorrelationGenerator Generator { get; } = generator;

    /// <summary>Whether the answer carries the id too.</summary>
    public bool EchoDownstream { get; } = echoDownstream;
}
