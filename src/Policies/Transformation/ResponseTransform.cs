using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// Kong's response-transformer, compiled (kong.md 8.3). Presence tests look at the fields as they were when the plugin began, as Kong's do.
/// Immutable, thread-safe, no allocation for header edits.
/// </summary>
public sealed class ResponseTransform
{
    private readonly HeaderEditPlan _headers;
    private readonly bool[] _removeIsRenamed;
    private readonly byte[][] _removeJson;
    private readonly (byte[] Old, byte[] New)[] _renameJson;
    private readonly (byte[] Name, byte[] Value)[] _replaceJson;
    private readonly (byte[] Name, byte[] Value)[] _addJson;
    private readonly (byte[] Name, byte[] Value)[] _appendJson;

    public ResponseTransform(ResponseTransformOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _headers = HeaderEditPlan.ForResponse(options.Headers);
        _removeIsRenamed = [.. _headers.Remove.Select(name => _headers.Rename.Any(r => Ascii.EqualsIgnoreCase(r.Old, name)))];
        _removeJson = [.. options.RemoveJson.Select(Encoding.UTF8.GetBytes)];
        _renameJson =
        [
            .. options.RenameJson.Where(static e => !string.IsNullOrEmpty(e.Value))
                .Select(static e => (Encoding.UTF8.GetBytes(e.Name), Encoding.UTF8.GetBytes(e.Value!))),
        ];
        _replaceJson = Compile(options.ReplaceJson);
        _addJson = Compile(options.AddJson);
        _appendJson = Compile(options.AppendJson);
    }

    public bool HasHeaderEdits => !_headers.IsEmpty;

    public bool HasJsonEdits =>
        _removeJson.Length > 0 || _renameJson.Length > 0 || _replaceJson.Length > 0 || _addJson.Length > 0 || _appendJson.Length > 0;

    [SkipLocalsInit]
    public void EditHeaders<THeaders>(ref THeaders response)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        // The snapshot: who of those asked about is there now.
        Span<bool> renameFound = stackalloc bool[_headers.Rename.Length];
        Span<bool> replaceFound = stackalloc bool[_headers.Replace.Length];
        Span<bool> addFound = stackalloc bool[_headers.Add.Length];
        for (int i = 0; i < renameFound.Length; i++)
        {
            renameFound[i] = response.TryGet(_headers.Rename[i].Old, out _);
        }

        Look(_headers.Replace, replaceFound, ref response);
        Look(_headers.Add, addFound, ref response);

        for (int i = 0; i < _headers.Remove.Length; i++)
        {
            // A field that is both removed and renamed travels under its new name: Kong takes the value from the snapshot.
            if (!_removeIsRenamed[i])
            {
                response.Remove(_headers.Remove[i]);
            }
        }

        for (int i = 0; i < renameFound.Length; i++)
        {
            if (renameFound[i])
            {
                response.Rename(_headers.Rename[i].Old, _headers.Rename[i].New);
            }
        }

        for (int i = 0; i < replaceFound.Length; i++)
        {
            if (replaceFound[i])
            {
                response.Set(_headers.Replace[i].Name, _headers.Replace[i].Value.LiteralUtf8);
            }
        }

        for (int i = 0; i < addFound.Length; i++)
        {
            if (!addFound[i])
            {
                response.Set(_headers.Add[i].Name, _headers.Add[i].Value.LiteralUtf8);
            }
        }

        foreach (HeaderValueEdit edit in _headers.Append)
        {
            response.Add(edit.Name, edit.Value.LiteralUtf8);
        }
    }

    /// <summary>True when JSON edits apply: the caller collects the body (bounded), drops Content-Length and calls <see cref="EditJson"/>.</summary>
    public bool EditsBodyOf(ReadOnlySpan<byte> contentType) => HasJsonEdits && BodyForms.Contains(contentType, "application/json"u8);

    /// <summary>Edits a whole JSON body; Unchanged when it is not a JSON object (send the original).</summary>
    public BodyEditOutcome EditJson(ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (JsonObjectBody.Read(body) is not { } document)
        {
            return BodyEditOutcome.Unchanged;
        }

        foreach (byte[] name in _removeJson)
        {
            document.Remove(name);
        }

        foreach ((byte[] old, byte[] renamed) in _renameJson)
        {
            if (document.Has(old))
            {
                document.Rename(old, renamed);
            }
        }

        foreach ((byte[] name, byte[] value) in _replaceJson)
        {
            if (document.Has(name))
            {
                document.Set(name, value);
            }
        }

        foreach ((byte[] name, byte[] value) in _addJson)
        {
            if (!document.Has(name))
            {
                document.Set(name, value);
            }
        }

        foreach ((byte[] name, byte[] value) in _appendJson)
        {
            document.Append(name, value);
        }

        document.Write(output);
        return BodyEditOutcome.Changed;
    }

    private static void Look<THeaders>(HeaderValueEdit[] edits, scoped Span<bool> found, ref THeaders response)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = response.TryGet(edits[i].Name, out _);
        }
    }

    // Values as JSON. What cannot be given its type is skipped, as Kong's tonumber gives nothing to write.
    private static (byte[] Name, byte[] Value)[] Compile(IEnumerable<JsonEdit> edits)
    {
        List<(byte[], byte[])> compiled = [];
        foreach (JsonEdit edit in edits)
        {
            if (string.IsNullOrEmpty(edit.Value))
            {
                continue;
            }

            byte[]? value = edit.Kind switch
            {
                JsonValueKindHint.Number => NumberOf(edit.Value),
                JsonValueKindHint.Boolean => edit.Value == "true" ? "true"u8.ToArray() : "false"u8.ToArray(),
                _ => JsonObjectBody.Quote(Encoding.UTF8.GetBytes(edit.Value)),
            };
            if (value is not null)
            {
                compiled.Add((Encoding.UTF8.GetBytes(edit.Name), value));
            }
        }

        return [.. compiled];
    }

    private static byte[]? NumberOf(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.Trim());
        if (JsonMembers.IsWellFormed(bytes) && (char.IsAsciiDigit((char)bytes[0]) || bytes[0] == '-'))
        {
            return bytes;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? Encoding.UTF8.GetBytes(number.ToString("R", CultureInfo.InvariantCulture))
            : null;
    }
}
