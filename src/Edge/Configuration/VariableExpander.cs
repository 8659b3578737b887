using System.Text;
using System.Text.Json;

namespace VoltageSoda.Edge.Configuration;

/// <summary>What references in documents are replaced by.</summary>
internal enum ExpansionRule
{
    /// <summary><c>${NAME}</c> and <c>{vault://env/…}</c>: files in compat and lenient mode.</summary>
    Everything,

    /// <summary>Only <c>{vault://env/…}</c>, as Kong: strict mode.</summary>
    VaultOnly,

    /// <summary>Nothing: a document posted to the Admin API must not be able to read the process environment.</summary>
    Nothing,
}

/// <summary>A text after expansion.</summary>
/// <param name="Text">The result; where a variable was missing its reference is left as it was.</param>
/// <param name="Changed">True when a reference was replaced.</param>
/// <param name="Missing">Names without value and default.</param>
/// <param name="IsLiteralReference">True when a reference stays in the text and must not become a secret.</param>
internal readonly record struct Expansion(string Text, bool Changed, IReadOnlyList<string> Missing, bool IsLiteralReference);

/// <summary>
/// Replaces <c>${NAME}</c>, <c>${NAME:-default}</c> (also when NAME is empty), <c>$$</c> (a dollar sign) and <c>{vault://env/my-name}</c> (Kong's
/// reference to MY_NAME). A variable may also come from the file that <c>NAME_FILE</c> names. Remembers which variables were asked for. Values
/// never reach a message. Used by one thread.
/// </summary>
internal sealed class VariableExpander(IReadOnlyDictionary<string, string> variables, ExpansionRule rule, string vaultEnvPrefix = "")
{
    private const string VaultPrefix = "{vault://";

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>Variables that documents refer to.</summary>
    public IReadOnlySet<string> Used => _used;

    /// <summary>The rule.</summary>
    public ExpansionRule Rule => rule;

    /// <summary>Expands a scalar.</summary>
    public Expansion Expand(string text)
    {
        if (text.StartsWith(VaultPrefix, StringComparison.Ordinal) && text.EndsWith('}'))
        {
            return rule == ExpansionRule.Nothing ? new Expansion(text, false, [], true) : ExpandVault(text);
        }

        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return new Expansion(text, false, [], false);
        }

        return rule == ExpansionRule.Everything
            ? ExpandDollar(text)
            : new Expansion(text, false, [], text.Contains("${", StringComparison.Ordinal));
    }

    private Expansion ExpandDollar(string text)
    {
        StringBuilder result = new(text.Length + 32);
        List<string> missing = [];
        bool changed = false;
        bool literal = false;
        int at = 0;
        while (at < text.Length)
        {
            char c = text[at];
            if (c != '$' || at + 1 == text.Length)
            {
                result.Append(c);
                at++;
            }
            else if (text[at + 1] == '$')
            {
                result.Append('$');
                changed = true;
                at += 2;
            }
            else if (text[at + 1] == '{' && TryReference(text, at, out string name, out string? fallback, out int end))
            {
                string? value = Find(name) ?? fallback;
                if (value is null)
                {
                    missing.Add(name);
                    literal = true;
                    result.Append(text, at, end - at);
                }
                else
                {
                    result.Append(value);
                    changed = true;
                }

                at = end;
            }
            else
            {
                literal |= text[at + 1] == '{';
                result.Append(c);
                at++;
            }
        }

        return new Expansion(result.ToString(), changed, missing, literal);
    }

    private static bool TryReference(string text, int at, out string name, out string? fallback, out int end)
    {
        name = "";
        fallback = null;
        end = text.IndexOf('}', at);
        if (end < 0)
        {
            return false;
        }

        string inner = text[(at + 2)..end++];
        int colon = inner.IndexOf(":-", StringComparison.Ordinal);
        if (colon >= 0)
        {
            fallback = inner[(colon + 2)..];
            inner = inner[..colon];
        }

        name = inner;
        return inner.Length > 0 && !char.IsAsciiDigit(inner[0]) && inner.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }

    // {vault://env/name[/json key][?prefix=x]}, kong/vaults/env/init.lua: upper case, - becomes _.
    private Expansion ExpandVault(string text)
    {
        string inner = text[VaultPrefix.Length..^1];
        string prefix = vaultEnvPrefix;
        int question = inner.IndexOf('?', StringComparison.Ordinal);
        if (question >= 0)
        {
            foreach (string pair in inner[(question + 1)..].Split('&'))
            {
                prefix = pair.StartsWith("prefix=", StringComparison.Ordinal) ? pair[7..] : prefix;
            }

            inner = inner[..question];
        }

        string[] parts = inner.Split('/', 3);
        if (parts.Length < 2 || parts[0] != "env" || parts[1].Length == 0)
        {
            return new Expansion(text, false, [$"{{vault://{parts[0]}/...}} (only the env vault is there)"], true);
        }

        string name = (prefix + parts[1]).ToUpperInvariant().Replace('-', '_');
        string? value = Find(name);
        if (value is not null && parts.Length == 3)
        {
            value = JsonMember(value, parts[2]);
        }

        return value is null ? new Expansion(text, false, [name], true) : new Expansion(value, true, [], false);
    }

    private static string? JsonMember(string json, string key)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(key, out JsonElement member)
                ? member.ValueKind == JsonValueKind.String ? member.GetString() : member.GetRawText()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string? Find(string name)
    {
        _used.Add(name);
        if (variables.TryGetValue(name, out string? value) && value.Length > 0)
        {
            return value;
        }

        string fileName = name + "_FILE";
        if (variables.TryGetValue(fileName, out string? path) && path.Length > 0)
        {
            _used.Add(fileName);
            return SecretFileReader.TryRead(path, out string text, out _) && text.Length > 0 ? text : null;
        }

        return null;
    }
}
