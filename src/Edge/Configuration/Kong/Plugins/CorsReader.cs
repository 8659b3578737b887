using System.Globalization;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>cors</c> (<c>kong/plugins/cors/schema.lua</c>).</summary>
internal static partial class CorsReader
{
    private static readonly string[] Methods = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

    public static CorsConfig Read(RecordReader config) => new()
    {
        Origins = ReadOrigins(config),
        Methods = config.Choices("methods", "array", Methods) ?? Methods,
        Headers = Names(config, "headers"),
        ExposedHeaders = Names(config, "exposed_headers"),
        MaxAge = config.Number("max_age")?.ToString("0.##########", CultureInfo.InvariantCulture),
        Credentials = config.Boolean("credentials") ?? false,
        PreflightContinue = config.Boolean("preflight_continue") ?? false,
        PrivateNetwork = config.Boolean("private_network") ?? false,
    };

    private static List<string> Names(RecordReader config, string field)
    {
        List<string> names = [];
        foreach (LocatedText text in config.Texts(field) ?? [])
        {
            if (!EntityFields.IsHeaderValue(text.Text))
            {
                config.Load.Findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"config.{field}: a control character cannot be sent in a header");
            }

            names.Add(text.Text);
        }

        return names;
    }

    private static List<CorsOrigin> ReadOrigins(RecordReader config)
    {
        List<CorsOrigin> origins = [];
        foreach (LocatedText text in config.Texts("origins") ?? [])
        {
            if (Origin(config, text) is { } origin)
            {
                origins.Add(origin);
            }
        }

        return origins;
    }

    private static CorsOrigin? Origin(RecordReader config, LocatedText text)
    {
        string origin = text.Text;
        if (origin == "*")
        {
            return new CorsOrigin(origin, CorsOriginKind.Any, null, false, text.Span);
        }

        if (PlainOrigin().IsMatch(origin))
        {
            return new CorsOrigin(origin, CorsOriginKind.Plain, null, false, text.Span);
        }

        if (WildcardOrigin().Match(origin) is { Success: true } wildcard && !config.Load.Strict)
        {
            string scheme = wildcard.Groups["scheme"].Value;
            string domain = wildcard.Groups["domain"].Value;
            config.Load.Findings.Add(
                FindingCodes.CorsWildcard,
                text.Span,
                text.Path,
                $"config.origins: '{origin}' is a regular expression to Kong, which allows slashes and exactly one more character before '{domain}' and no sub-domain",
                "read as one or more sub-domain labels",
                $"write {scheme}://([^./:]+\\.)+{domain.Replace(".", "\\.", StringComparison.Ordinal)}");
            return new CorsOrigin(origin, CorsOriginKind.Pattern, $"\\A{scheme}://(?:[^./:]+\\.)+{Regex.Escape(domain)}\\z", false, text.Span);
        }

        if (PatternTranslator.TryTranslate(origin, out TranslatedPattern translated, out string error))
        {
            bool hostOnly = !origin.Contains(':', StringComparison.Ordinal);
            return new CorsOrigin(origin, CorsOriginKind.Pattern, $"\\A(?:{translated.Pattern})\\z", hostOnly, text.Span);
        }

        config.Load.Findings.Add(FindingCodes.BadPattern, text.Span, text.Path, $"config.origins: '{origin}' is not a valid regex ({error})");
        return null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9.:/-]+\z")]
    private static partial Regex PlainOrigin();

    [GeneratedRegex(@"^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://\*\.(?<domain>[A-Za-z0-9.:-]+)\z")]
    private static partial Regex WildcardOrigin();
}
