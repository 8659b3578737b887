using System.Globalization;

namespace VoltageSoda.Edge.Protocol.Tests.Fuzz;

/// <summary>
/// How many inputs a run has and how one is named. EDGE_FUZZ_INPUTS sets the number for all codecs together (10000000 by hand),
/// EDGE_FUZZ_SEED another sequence.
/// </summary>
internal static class FuzzRun
{
    private const long DefaultInputs = 200_000;

    public static ulong Seed { get; } = (ulong)Number("EDGE_FUZZ_SEED", 1);

    /// <summary>The share of one codec in percent.</summary>
    public static long Inputs(int percent) => Number("EDGE_FUZZ_INPUTS", DefaultInputs) * percent / 100;

    public static FuzzRandom Random(string codec, long index) =>
        new((Seed * 0xD134_2543_DE82_EF95) ^ ((ulong)index * 0x2545_F491_4F6C_DD1D) ^ ((ulong)codec.Length << 56) ^ codec[0]);

    public static string Name(string codec, long index, string text) =>
        $"{codec} input {index} of seed {Seed}: " + string.Concat(text.Select(c => c is >= ' ' and < '\x7f' ? c.ToString() : $"\\x{(int)c:x2}"));

    private static long Number(string variable, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : otherwise;
}
