using System.Net;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>What there is to say about the rules of an AuthorizationPolicy and of its forerunners, whoever enforces them.</summary>
internal static class AuthorizationLints
{
    private static readonly string[] TlsVersions = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

    private static readonly string[] Keys =
    [
        "source.ip", "remote.ip", "source.namespace", "source.serviceAccount", "source.principal", "request.auth.principal",
        "request.auth.audiences", "request.auth.presenter", "destination.ip", "destination.port", "connection.sni",
    ];

    /// <summary>Checks the rules of a policy.</summary>
    public static void Check(MeshRecord spec)
    {
        foreach (MeshRecord rule in spec.Records("rules"))
        {
            bool anybody = !rule.Has("from");
            foreach (MeshRecord from in rule.Records("from"))
            {
                if (from.Record("source") is { } source)
                {
                    Principals(source, "requestPrincipals");
                    Principals(source, "notRequestPrincipals");
                }
            }

            foreach (MeshRecord to in rule.Records("to"))
            {
                if (anybody && !rule.Has("when") && to.Record("operation") is { } operation)
                {
                    PublicPaths(operation);
                }
            }

            foreach (MeshRecord when in rule.Records("when"))
            {
                Condition(when);
            }
        }
    }

    /// <summary>Checks a condition's key: an unclosed bracket, and headers that clients set themselves.</summary>
    public static void Key(MeshRecord record, string field, string key)
    {
        bool open = key.StartsWith("request.headers[", StringComparison.Ordinal) && !key.EndsWith(']');
        if (open)
        {
            record.Report(FindingCodes.UnclosedBracket, field, $"'{key}' lacks its closing bracket; the condition would never hold", $"read as '{key}]'", $"write \"{key}]\"");
        }

        if (key.StartsWith("request.headers[x-user", StringComparison.OrdinalIgnoreCase))
        {
            record.Report(FindingCodes.ClientHeader, field, "the client chooses this header's value; it proves nothing unless something in front sets it",
                hint: "use a claim of the token: request.auth.claims[role]");
        }
    }

    private static void Condition(MeshRecord when)
    {
        if (when.Text("key") is not { } key)
        {
            when.ReportHere(FindingCodes.MeshRequired, "key is required", "the document guards all the same");
            return;
        }

        Key(when, "key", key);
        IReadOnlyList<LocatedName> values = when.Texts("values");
        IReadOnlyList<LocatedName> notValues = when.Texts("notValues");
        if (key == "connection.tls.version")
        {
            when.Report(FindingCodes.TlsVersionCondition, "key", "Istio does not know connection.tls.version and drops the whole rule",
                "never dropped: it stands for the version of the client's connection", "values are TLSv1, TLSv1.1, TLSv1.2, TLSv1.3");
            foreach (LocatedName value in values.Concat(notValues).Where(static value => !TlsVersions.Contains(value.Name)))
            {
                when.Load.Add(FindingCodes.MeshNotAllowed, value.Span, when.PathOf("values"), $"{when.PathOf("values")}: '{value.Name}' is none of {string.Join(", ", TlsVersions)}",
                    "the document guards all the same");
            }

            return;
        }

        if (!Keys.Contains(key) && !key.StartsWith("request.headers[", StringComparison.Ordinal)
            && !key.StartsWith("request.auth.claims[", StringComparison.Ordinal) && !key.StartsWith("experimental.envoy.filters.", StringComparison.Ordinal))
        {
            string? nearest = NearestName.Find(key, Keys);
            when.Report(FindingCodes.ConditionKey, "key", $"'{key}' is no attribute; Istio drops the whole rule, whatever it says", hint: nearest is null ? null : $"did you mean '{nearest}'?");
        }

        if (key.StartsWith("request.headers[", StringComparison.Ordinal))
        {
            Header(when, key, values, notValues);
        }
    }

    private static void Header(MeshRecord when, string key, IReadOnlyList<LocatedName> values, IReadOnlyList<LocatedName> notValues)
    {
        if (key.Equals("request.headers[content-type]", StringComparison.OrdinalIgnoreCase) && values.FirstOrDefault(static value => !value.Name.Contains('*', StringComparison.Ordinal)) is { } exact)
        {
            when.Load.Add(FindingCodes.ExactContentType, exact.Span, when.PathOf("values"),
                $"{when.PathOf("values")}: compared exactly: '{exact.Name}; charset=utf-8' does not match, nor does a request without a body", hint: $"write \"{exact.Name}*\"");
        }

        if (values.Concat(notValues).FirstOrDefault(static value => IPNetwork.TryParse(value.Name, out _)) is { } network)
        {
            bool negated = !values.Contains(network);
            when.Load.Add(FindingCodes.NetworkAsText, network.Span, when.PathOf(negated ? "notValues" : "values"),
                $"{when.PathOf(negated ? "notValues" : "values")}: '{network.Name}' is compared as text, a network is not understood here: the condition {(negated ? "always" : "never")} holds",
                "not interpreted", $"write {(negated ? "notRemoteIpBlocks" : "remoteIpBlocks")} in the rule's source");
        }

        if ((key.Contains("token", StringComparison.OrdinalIgnoreCase) || key.Contains("secret", StringComparison.OrdinalIgnoreCase) || key.Contains("api-key", StringComparison.OrdinalIgnoreCase)
            || key.Contains("password", StringComparison.OrdinalIgnoreCase)) && values.Count > 0)
        {
            when.Load.Add(FindingCodes.SecretInPolicy, values[0].Span, when.PathOf("values"), $"{when.PathOf("values")}: a secret in clear text", "never shown", "use a token that is signed");
        }
    }

    private static void Principals(MeshRecord source, string field)
    {
        foreach (LocatedName principal in source.Texts(field))
        {
            int last = principal.Name.LastIndexOf('/');
            bool scheme = principal.Name.Contains("://", StringComparison.Ordinal);
            int authority = scheme ? principal.Name.IndexOf('/', principal.Name.IndexOf("://", StringComparison.Ordinal) + 3) : -1;
            if (scheme && authority > 0 && last > authority)
            {
                source.Load.Add(FindingCodes.JoinedPrincipal, principal.Span, source.PathOf(field),
                    $"{source.PathOf(field)}: Istio splits at the last slash, so that the issuer would be '{principal.Name[..last]}'", "compared with issuer and subject joined, as Istio's API says");
            }
        }
    }

    private static void PublicPaths(MeshRecord operation)
    {
        foreach (LocatedName path in operation.Texts("paths"))
        {
            if (path.Name.EndsWith("/metrics", StringComparison.Ordinal) || path.Name.Contains("/debug", StringComparison.Ordinal) || path.Name.Contains("/admin", StringComparison.Ordinal))
            {
                operation.Load.Add(FindingCodes.PublicPath, path.Span, operation.PathOf("paths"), $"{operation.PathOf("paths")}: '{path.Name}' is open to everybody by this rule",
                    hint: "ask whether the world should read it");
            }
        }
    }
}
