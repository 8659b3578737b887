namespace VoltageSoda.Edge.Transport;

/// <summary>
/// Tells how much a waiting flush has moved, so that a slow but living receiver can be told from a dead one. Cast the ConnectionContext;
/// a connection that cannot tell does not implement it. Loop thread only.
/// </summary>
public interface ITransferProgress
{
    /// <summary>Bytes that the kernel took while flushes waited. Only differences mean something.</summary>
    long BytesMoved { get; }
}
