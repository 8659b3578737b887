namespace VoltageSoda.Edge.Configuration;

/// <summary>The registry of finding codes of both dialects. A code never changes its meaning and is never reused.</summary>
public static class FindingCodes
{
}
