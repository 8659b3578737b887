namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>Parses the text of a setting; false with a reason when it is not valid.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public delegate bool SettingParser<T>(string text, out T value, out string error);

/// <summary>
/// One row of the settings table: name, kind, default, range and meaning. It drives parsing, the warnings on unknown names and the page
/// docs/settings.md. Immutable.
/// </summary>
public abstract class Setting
{
    private protected Setting(string name, string kind, string defaultText, string doc)
    {
        Name = name;
        Kind = kind;
        DefaultText = defaultText;
        Doc = doc;
    }

    /// <summary>Name of the variable.</summary>
    public string Name { get; }

    /// <summary>What may be written: <c>duration</c>, <c>size</c>, <c>on|off</c>, <c>keep|reject|redirect</c>, …</summary>
    public string Kind { get; }

    /// <summary>The default as people write it; empty when there is none.</summary>
    public string DefaultText { get; }

    /// <summary>What a bare number counts, or null.</summary>
    public string? Unit { get; init; }

    /// <summary>Allowed range as text, or null.</summary>
    public string? Range { get; init; }

    /// <summary>One sentence.</summary>
    public string Doc { get; }

    /// <summary>Other variables with the same meaning, used when this one is not set (a Kong name beside ours).</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Never shown, and also read from the file that <c>NAME_FILE</c> names.</summary>
    public bool IsSecret { get; init; }

    /// <summary>True when its errors never repeat a part of the value, so that those of a secret may be shown.</summary>
    public bool HasPlainErrors { get; init; }

    /// <summary>True while the feature it belongs to is not built: it is read and has no effect.</summary>
    public bool IsLater { get; private set; }

    /// <summary>Section of the documentation.</summary>
    public string Section { get; internal set; } = "";

    /// <summary>The default value.</summary>
    internal abstract object? DefaultValue { get; }

    /// <summary>Marks a row whose feature is not built yet.</summary>
    internal void MarkLater() => IsLater = true;

    /// <summary>Parses a text.</summary>
    internal abstract bool TryParseObject(string text, out object? value, out string error);
}

/// <summary>A row with the type of its value.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public sealed class Setting<T> : Setting
{
    private readonly SettingParser<T> _parser;

    /// <summary>Makes a row; the default text is parsed with the row's own parser unless it is empty or <paramref name="computed"/>.</summary>
    public Setting(string name, string kind, string defaultText, string doc, SettingParser<T> parser, T fallback = default!, bool computed = false)
        : base(name, kind, defaultText, doc)
    {
        _parser = parser;
        if (computed || defaultText.Length == 0)
        {
            Default = fallback;
        }
        else if (parser(defaultText, out T value, out string error))
        {
            Default = value;
        }
        else
        {
            throw new InvalidOperationException($"Default of {name}: {error}");
        }
    }

    /// <summary>The default value.</summary>
    public T Default { get; }

    internal override object? DefaultValue => Default;

    internal override bool TryParseObject(string text, out object? value, out string error)
    {
        bool ok = _parser(text, out T typed, out error);
        value = typed;
        return ok;
    }
}
