using System.Buffers;
using System.Text;
using System.Text.Json;

namespace VoltageSoda.Edge.Configuration;

/// <summary>Renders findings for people, scripts and code scanners. Pure.</summary>
public static class DiagnosticText
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    };

    /// <summary><c>file:line:col: severity CODE: message</c> without the hint.</summary>
    public static string Line(ConfigDiagnostic finding)
    {
        string action = finding.Action is null ? "" : $"; {finding.Action}";
        return OneLine($"{finding.Span}: {Severity(finding.Severity)} {finding.Code}: {finding.Message}{action}");
    }

    /// <summary>All findings as text, each with its hint line, and a closing line with the counts; empty when there is none.</summary>
    public static string Text(IReadOnlyList<ConfigDiagnostic> findings)
    {
        if (findings.Count == 0)
        {
            return "";
        }

        StringBuilder text = new();
        foreach (ConfigDiagnostic finding in findings)
        {
            text.Append(Line(finding)).Append('\n');
            if (finding.Hint is not null)
            {
                text.Append("    hint: ").Append(OneLine(finding.Hint)).Append('\n');
            }
        }

        return text.Append(Summary(findings)).Append('\n').ToString();
    }

    /// <summary><c>2 errors, 3 warnings, 1 info</c>.</summary>
    public static string Summary(IReadOnlyList<ConfigDiagnostic> findings)
    {
        int Count(DiagnosticSeverity severity) => findings.Count(finding => finding.Severity == severity);
        int errors = Count(DiagnosticSeverity.Error);
        int warnings = Count(DiagnosticSeverity.Warning);
        return $"{errors} error{(errors == 1 ? "" : "s")}, {warnings} warning{(warnings == 1 ? "" : "s")}, {Count(DiagnosticSeverity.Info)} info";
    }

    /// <summary>All findings as one JSON document.</summary>
    public static string Json(LoadResult result) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteBoolean("refused", result.Refused);
        writer.WriteString("configuration_hash", result.Hash);
        writer.WriteStartArray("files");
        foreach (string file in result.Files)
        {
            writer.WriteStringValue(file);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("findings");
        foreach (ConfigDiagnostic finding in result.Findings)
        {
            writer.WriteStartObject();
            writer.WriteString("code", finding.Code);
            writer.WriteString("severity", Severity(finding.Severity));
            writer.WriteBoolean("refuses", finding.Refuses);
            writer.WriteString("file", finding.Span.File);
            writer.WriteNumber("line", finding.Span.Line);
            writer.WriteNumber("column", finding.Span.Column);
            writer.WriteString("path", finding.Path);
            writer.WriteString("message", finding.Message);
            WriteOptional(writer, "action", finding.Action);
            WriteOptional(writer, "hint", finding.Hint);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>All findings as SARIF 2.1.0, with the text of every code that occurs.</summary>
    public static string Sarif(LoadResult result, string version) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        writer.WriteString("version", "2.1.0");
        writer.WriteStartArray("runs");
        writer.WriteStartObject();
        writer.WriteStartObject("tool");
        writer.WriteStartObject("driver");
        writer.WriteString("name", "voltage-edge");
        writer.WriteString("version", version);
        writer.WriteStartArray("rules");
        foreach (string id in result.Findings.Select(finding => finding.Code).Distinct().Order(StringComparer.Ordinal))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            if (FindingCodes.Find(id) is { } code)
            {
                writer.WriteString("name", code.Name);
                WriteText(writer, "shortDescription", code.Doc);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartArray("results");
        foreach (ConfigDiagnostic finding in result.Findings)
        {
            WriteResult(writer, finding);
        }

        writer.WriteEndArray();

        // What a column counts; SARIF takes code points where nothing is said.
        writer.WriteString("columnKind", "utf16CodeUnits");
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    // A path as a URI reference (RFC 3986): its segments percent-encoded, so that neither a blank nor a colon breaks it.
    private static string Reference(string file) => string.Join('/', file.Replace('\\', '/').Split('/').Select(Uri.EscapeDataString));

    private static void WriteResult(Utf8JsonWriter writer, ConfigDiagnostic finding)
    {
        writer.WriteStartObject();
        writer.WriteString("ruleId", finding.Code);
        writer.WriteString("level", finding.Severity switch
        {
            DiagnosticSeverity.Error => "error",
            DiagnosticSeverity.Warning => "warning",
            _ => "note",
        });
        string action = finding.Action is null ? "" : $"; {finding.Action}";
        string hint = finding.Hint is null ? "" : $" ({finding.Hint})";
        WriteText(writer, "message", finding.Message + action + hint);
        if (!finding.Span.IsNone)
        {
            writer.WriteStartArray("locations");
            writer.WriteStartObject();
            writer.WriteStartObject("physicalLocation");
            writer.WriteStartObject("artifactLocation");
            writer.WriteString("uri", Reference(finding.Span.File));
            writer.WriteEndObject();
            if (finding.Span.Line > 0)
            {
                writer.WriteStartObject("region");
                writer.WriteNumber("startLine", finding.Span.Line);
                writer.WriteNumber("startColumn", Math.Max(finding.Span.Column, 1));
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string text)
    {
        writer.WriteStartObject(name);
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is null)
        {
            writer.WriteNull(name);
        }
        else
        {
            writer.WriteString(name, value);
        }
    }

    private static string Write(Action<Utf8JsonWriter> body)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Indented))
        {
            body(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static string Severity(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Info => "info",
        DiagnosticSeverity.Warning => "warning",
        _ => "error",
    };

    // A value of a document may hold line ends and escapes; a finding stays one line and cannot paint the terminal.
    private static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString())) : text;
}
