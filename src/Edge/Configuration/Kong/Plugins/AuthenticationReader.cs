using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>key-auth</c> and <c>basic-auth</c> (<c>kong/plugins/*/schema.lua</c>), and what authentication plugins share.</summary>
internal static class AuthenticationReader
{
    public static KeyAuthConfig ReadKeyAuth(RecordReader config)
    {
        (EntityRef? anonymous, string? unknownAnonymous) = Anonymous(config);
        IReadOnlyList<LocatedText>? names = config.Texts("key_names");
        foreach (LocatedText name in names ?? [])
        {
            CheckFieldName(config, name);
        }

        return new KeyAuthConfig
        {
            KeyNames = names is null ? ["apikey"] : [.. names.Select(static name => name.Text)],
            KeyInHeader = config.Boolean("key_in_header") ?? true,
            KeyInQuery = config.Boolean("key_in_query") ?? true,
            KeyInBody = config.Boolean("key_in_body") ?? false,
            HideCredentials = config.Boolean("hide_credentials") ?? false,
            RunOnPreflight = config.Boolean("run_on_preflight") ?? true,
            Anonymous = anonymous,
            UnknownAnonymous = unknownAnonymous,
            Realm = Realm(config),
        };
    }

    public static BasicAuthConfig ReadBasicAuth(RecordReader config)
    {
        (EntityRef? anonymous, string? unknownAnonymous) = Anonymous(config);
        return new BasicAuthConfig
        {
            HideCredentials = config.Boolean("hide_credentials") ?? false,
            Anonymous = anonymous,
            UnknownAnonymous = unknownAnonymous,
            Realm = Realm(config),
        };
    }

    /// <summary>The consumer of an <c>anonymous</c> setting, by id or username; or its text when there is no such consumer.</summary>
    public static (EntityRef? Consumer, string? Unknown) Anonymous(RecordReader config)
    {
        if (config.Located("anonymous") is not { } written)
        {
            return (null, null);
        }

        if (config.Load.Index.Find("consumers", written.Text) is { } consumer)
        {
            return (consumer with { Span = written.Span }, null);
        }

        config.Report(FindingCodes.UnknownAnonymous, "anonymous", $"no consumer '{written.Text}'", "requests that fail authentication get 500");
        return (null, written.Text);
    }

    /// <summary>Reports a name that no header field can have; Kong's sentence.</summary>
    public static void CheckFieldName(RecordReader config, LocatedText name)
    {
        if (!EntityFields.IsHeaderName(name.Text))
        {
            config.Load.Findings.Add(FindingCodes.BadValue, name.Span, name.Path,
                $"bad header name '{name.Text}', allowed characters are A-Z, a-z, 0-9, '_', and '-'");
        }
    }

    /// <summary>A realm, which becomes part of a header field.</summary>
    public static string? Realm(RecordReader config)
    {
        string? realm = config.Text("realm");
        if (realm is not null && !EntityFields.IsHeaderValue(realm))
        {
            config.Report(FindingCodes.BadValue, "realm", "a field value cannot hold control characters");
            return null;
        }

        return realm;
    }
}
