using System.Text;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>The log reasons of wire errors as bytes, and as label names for the metrics. Immutable.</summary>
internal static class WireErrorReasons
{
    private static readonly byte[][] Texts =
        Enum.GetValues<WireError>().OrderBy(static error => error).Select(static error => Encoding.ASCII.GetBytes(Name(error))).ToArray();

    /// <summary>One label per value of the enum, in its order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        Enum.GetValues<WireError>().OrderBy(static error => error).Select(Name).ToArray();

    public static ReadOnlySpan<byte> Utf8(WireError error) => Texts[(int)error];

    private static string Name(WireError error) => error == WireError.None ? "" : error.Reason();
}
