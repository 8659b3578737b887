using System.Text;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>Header blocks as lines of text. Stateless.</summary>
internal static class HeaderLines
{
    /// <summary>Every live field as <c>Name: value</c>, in order; <paramref name="besides"/> leaves one out.</summary>
    public static IReadOnlyList<string> Of(HeaderBlock block, KnownHeader besides = KnownHeader.None)
    {
        List<string> lines = [];
        for (int i = 0; i < block.Count; i++)
        {
            if (!block.IsRemoved(i) && (besides == KnownHeader.None || block.Known(i) != besides))
            {
                lines.Add($"{Encoding.Latin1.GetString(block.Name(i))}: {Encoding.Latin1.GetString(block.Value(i))}");
            }
        }

        return lines;
    }

    /// <summary>Whether a field of that name is there.</summary>
    public static bool Has(HeaderBlock block, string name) => block.IndexOf(Encoding.Latin1.GetBytes(name)) >= 0;
}
