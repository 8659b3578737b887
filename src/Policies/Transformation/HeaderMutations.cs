using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing.Mesh;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>A field to write.</summary>
/// <param name="Name">Its name; it goes out in lower case, as Envoy's do.</param>
/// <param name="Value">Its value.</param>
public sealed record FieldValue(string Name, OperatorText Value);

/// <summary>Changes that Envoy makes in one pass: removals, then overwrites, then additions; values are read before the first is written.</summary>
public sealed record HeaderLevel
{
    public ImmutableArray<FieldValue> Set { get; init; } = [];

    public ImmutableArray<FieldValue> Add { get; init; } = [];

    public ImmutableArray<string> Remove { get; init; } = [];

    public bool IsEmpty => Set.IsEmpty && Add.IsEmpty && Remove.IsEmpty;

    /// <summary>Both in one pass: this one's entries first.</summary>
    public HeaderLevel With(HeaderLevel other) =>
        new() { Set = [.. Set, .. other.Set], Add = [.. Add, .. other.Add], Remove = [.. Remove, .. other.Remove] };
}

/// <summary>
/// The header changes of a route and its destination, pass by pass (<c>envoy: source/common/router/header_parser.cc</c>). A value that renders
/// empty writes nothing. Immutable, thread-safe, no allocation.
/// </summary>
public sealed class HeaderMutations
{
    private readonly Level[] _levels;

    private HeaderMutations(Level[] levels) => _levels = levels;

    /// <summary>No changes.</summary>
    public static HeaderMutations None { get; } = new([]);

    public bool IsNone => _levels.Length == 0;

    /// <summary>Whether any value has operators; without, no facts are read.</summary>
    public bool HasOperators => _levels.Any(static level => level.HasOperators);

    /// <summary>The passes in the order in which they are made.</summary>
    public static HeaderMutations Of(params ReadOnlySpan<HeaderLevel> levels)
    {
        List<Level> kept = [];
        foreach (HeaderLevel level in levels)
        {
            if (!level.IsEmpty)
            {
                kept.Add(new Level(level));
            }
        }

        return kept.Count == 0 ? None : new HeaderMutations([.. kept]);
    }

    /// <summary>Changes the head of a request. Operators read it as it is in between the passes.</summary>
    public void ApplyRequest<TMessage, TValues>(ref TMessage message, scoped in MeshRequest request, ref TValues values)
        where TMessage : struct, IHeaderEdits, allows ref struct
        where TValues : struct, IMeshOperatorValues, allows ref struct
    {
        NoHeaders none = default;
        foreach (Level level in _levels)
        {
            level.Remove(ref message);
            if (!level.HasOperators)
            {
                level.WriteLiterals(ref message);
                continue;
            }

            ScratchBuffer rendered = default;
            int[] ends = ArrayPool<int>.Shared.Rent(level.Count);
            for (int i = 0; i < level.Count; i++)
            {
                level.ValueAt(i).Render(request, ref message, ref none, ref values, ref rendered);
                ends[i] = rendered.Length;
            }

            level.Write(ref message, rendered.Written, ends);
            ArrayPool<int>.Shared.Return(ends);
            rendered.Dispose();
        }
    }

    /// <summary>Changes the head of a response.</summary>
    public void ApplyResponse<TRequest, TMessage, TValues>(
        ref TRequest requestHeaders, ref TMessage message, scoped in MeshRequest request, ref TValues values)
        where TRequest : struct, IHeaderSource, allows ref struct
        where TMessage : struct, IHeaderEdits, allows ref struct
        where TValues : struct, IMeshOperatorValues, allows ref struct
    {
        foreach (Level level in _levels)
        {
            level.Remove(ref message);
            if (!level.HasOperators)
            {
                level.WriteLiterals(ref message);
                continue;
            }

            ScratchBuffer rendered = default;
            int[] ends = ArrayPool<int>.Shared.Rent(level.Count);
            for (int i = 0; i < level.Count; i++)
            {
                level.ValueAt(i).Render(request, ref requestHeaders, ref message, ref values, ref rendered);
                ends[i] = rendered.Length;
            }

            level.Write(ref message, rendered.Written, ends);
            ArrayPool<int>.Shared.Return(ends);
            rendered.Dispose();
        }
    }

    // One pass, compiled: what is set stands before what is added.
    private sealed class Level
    {
        private readonly byte[][] _removed;
        private readonly (byte[] Name, OperatorText Value)[] _written;
        private readonly int _sets;

        public Level(HeaderLevel level)
        {
            _removed = [.. level.Remove.Select(Name)];
            _written = [.. level.Set.Concat(level.Add).Select(static field => (Name(field.Name), field.Value))];
            _sets = level.Set.Length;
            HasOperators = _written.Any(static field => !field.Value.IsLiteral);
        }

        public bool HasOperators { get; }

        public int Count => _written.Length;

        public OperatorText ValueAt(int index) => _written[index].Value;

        public void Remove<TMessage>(ref TMessage message)
            where TMessage : struct, IHeaderEdits, allows ref struct
        {
            foreach (byte[] name in _removed)
            {
                message.Remove(name);
            }
        }

        public void WriteLiterals<TMessage>(ref TMessage message)
            where TMessage : struct, IHeaderEdits, allows ref struct
        {
            for (int i = 0; i < _written.Length; i++)
            {
                WriteOne(ref message, i, _written[i].Value.LiteralUtf8);
            }
        }

        public void Write<TMessage>(ref TMessage message, scoped ReadOnlySpan<byte> rendered, ReadOnlySpan<int> ends)
            where TMessage : struct, IHeaderEdits, allows ref struct
        {
            int start = 0;
            for (int i = 0; i < _written.Length; i++)
            {
                WriteOne(ref message, i, rendered[start..ends[i]]);
                start = ends[i];
            }
        }

        private static byte[] Name(string name) => Encoding.UTF8.GetBytes(name.ToLowerInvariant());

        private void WriteOne<TMessage>(ref TMessage message, int index, scoped ReadOnlySpan<byte> value)
            where TMessage : struct, IHeaderEdits, allows ref struct
        {
            if (value.IsEmpty)
            {
                return;
            }

            if (index < _sets)
            {
                message.Set(_written[index].Name, value);
            }
            else
            {
                message.Add(_written[index].Name, value);
            }
        }
    }

    // A request has no response fields yet.
    private struct NoHeaders : IHeaderSource
    {
        public readonly bool TryGet(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
        {
            value = default;
            return false;
        }

        public readonly bool TryGetNext(scoped ReadOnlySpan<byte> name, scoped ref int cursor, out ReadOnlySpan<byte> value)
        {
            value = default;
            return false;
        }
    }
}
