using System.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Gives each method that any route names a bit, so that a set of methods is one word. Methods beyond 62 share the bit
/// <see cref="Shared"/> and are compared as text. Immutable, thread-safe.
/// </summary>
internal sealed class MethodTable
{
    /// <summary>Bit of the methods that did not get their own.</summary>
    public const int Shared = 62;

    /// <summary>Bit of a method that no route names.</summary>
    public const int Unknown = 63;

    private readonly byte[][] _methods;

    public MethodTable(IEnumerable<string> methods)
    {
        _methods = [.. methods.Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes)];
    }

    public int BitOf(ReadOnlySpan<byte> method)
    {
        byte[][] methods = _methods;
        for (int i = 0; i < methods.Length; i++)
        {
            if (method.SequenceEqual(methods[i]))
            {
                return Math.Min(i, Shared);
            }
        }

        return Unknown;
    }
}
