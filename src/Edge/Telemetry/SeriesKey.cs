namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Packs the labels of one counter of a route into a positive number: kind in bits 0-1, source or direction in bit 2, code in bits 3-12
/// (100 to 599, or the class 1 to 5 once the budget is spent; 0 is unknown), consumer index above.
/// </summary>
internal static class SeriesKey
{
    public const int RequestKind = 1;
    public const int BandwidthKind = 2;

    public static long Request(int status, ResponseSource source, int consumer)
    {
        int code = (uint)(status - 100) < 500 ? status : 0;
        return RequestKind | ((long)source << 2) | ((long)code << 3) | ((long)consumer << 13);
    }

    public static long Bandwidth(bool egress, int consumer) => BandwidthKind | (egress ? 4L : 0) | ((long)consumer << 13);

    /// <summary>The key that stands for every label set over the budget: the class of the code and the overflow consumer.</summary>
    public static long Overflow(long key)
    {
        long code = (key >> 3) & 0x3FF;
        return (key & 7) | ((code >= 100 ? code / 100 : code) << 3) | ((long)EdgeMetrics.OverflowConsumer << 13);
    }

    public static bool IsRequest(long key) => (key & 3) == RequestKind;

    public static bool IsEgress(long key) => (key & 4) != 0;

    public static ResponseSource Source(long key) => (ResponseSource)((key >> 2) & 1);

    public static int Code(long key) => (int)((key >> 3) & 0x3FF);

    public static int Consumer(long key) => (int)(key >> 13);
}
