namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>What other threads have asked of a connection since its loop last looked.</summary>
[Flags]
internal enum ForeignCall
{
    None = 0,
    Read = 1,
    Flush = 2,
    CancelRead = 4,
    CancelFlush = 8,
    CompleteInput = 16,
    CompleteOutput = 32,
    Abort = 64,
    Watch = 128,
}
