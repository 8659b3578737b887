using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>ip-restriction</c>, <c>request-termination</c> and <c>correlation-id</c> (<c>kong/plugins/*/schema.lua</c>).</summary>
internal static class AnswerReader
{
    // Fields that frame a message or belong to one connection: an id in them would break what it is to follow.
    private static readonly string[] Unusable =
        ["connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

    public static IpRestrictionConfig ReadIpRestriction(RecordReader config)
    {
        const string Sentence = "at least one of these fields must be non-empty: 'config.allow', 'config.deny'";
        List<string> allow = [.. Networks(config, "allow")];
        List<string> deny = [.. Networks(config, "deny")];
        // Kong does not see the retired lists: without the others there is none.
        List<KongError> kong = allow.Count + deny.Count == 0 ? [config.EntityError(Sentence)] : [];
        allow.AddRange(Retired(config, "whitelist", "allow", kong));
        deny.AddRange(Retired(config, "blacklist", "deny", kong));
        if (allow.Count == 0 && deny.Count == 0)
        {
            config.ReportRecord(FindingCodes.EntityCheck, Sentence, kong: [config.EntityError(Sentence)]);
        }

        return new IpRestrictionConfig
        {
            Allow = [.. allow.Distinct(StringComparer.Ordinal)],
            Deny = [.. deny.Distinct(StringComparer.Ordinal)],
            Status = (int?)config.Integer("status", 200, 599),
            Message = config.Text("message"),
        };
    }

    public static RequestTerminationConfig ReadTermination(RecordReader config)
    {
        string? message = config.Text("message");
        string? body = config.Text("body");
        string? contentType = config.Text("content_type");
        bool echo = config.Boolean("echo") ?? false;
        bool first = true;
        if (message is not null && (contentType is not null || body is not null))
        {
            first = false;
            config.ReportRecord(FindingCodes.EntityCheck, "message cannot be used with content_type or body");
        }

        if (contentType is not null && body is null)
        {
            ReportFirst("content_type", "content_type requires a body");
        }

        if (echo && (contentType is not null || body is not null))
        {
            ReportFirst("echo", "echo cannot be used with content_type and body");
        }

        // Kong's check of the record ends at the first.
        void ReportFirst(string field, string sentence)
        {
            config.Report(FindingCodes.EntityCheck, field, sentence, kong: first ? [config.ErrorHere(sentence)] : []);
            first = false;
        }

        if (contentType is not null && !EntityFields.IsHeaderValue(contentType))
        {
            config.Report(FindingCodes.BadValue, "content_type", "a field value cannot hold control characters");
        }

        LocatedText? trigger = config.Located("trigger");
        if (trigger is { } name)
        {
            AuthenticationReader.CheckFieldName(config, name);
        }

        return new RequestTerminationConfig
        {
            StatusCode = (int)(Status(config) ?? 503),
            Message = message,
            Body = body,
            ContentType = contentType,
            Echo = echo,
            Trigger = trigger?.Text,
        };
    }

    public static CorrelationIdConfig ReadCorrelationId(RecordReader config)
    {
        LocatedText? name = config.Located("header_name");
        if (name is { } written)
        {
            AuthenticationReader.CheckFieldName(config, written);
            if (Unusable.Contains(written.Text, StringComparer.OrdinalIgnoreCase))
            {
                config.Report(FindingCodes.BadValue, "header_name", $"'{written.Text}' frames the message or the connection and cannot carry an id");
            }
        }

        return new CorrelationIdConfig
        {
            HeaderName = name?.Text ?? "Kong-Request-ID",
            Generator = config.Choice("generator", "uuid#counter", "uuid", "uuid#counter", "tracker"),
            EchoDownstream = config.Boolean("echo_downstream") ?? false,
        };
    }

    // Kong's range begins at 100; a status below 200 does not end a request, and its client would wait for another one.
    private static long? Status(RecordReader config)
    {
        long? status = config.Integer("status_code", 100, 599);
        if (status is < 200)
        {
            config.Report(FindingCodes.OutOfRange, "status_code", "a status below 200 announces an answer and is none", hint: "200 to 599 end a request");
        }

        return status;
    }

    private static List<string> Networks(RecordReader config, string field)
    {
        List<string> networks = [];
        foreach (LocatedText text in config.Texts(field) ?? [])
        {
            if (text.Text != "unix:" && CidrMatch.TryValidate(text.Text))
            {
                networks.Add(text.Text);
            }
            else
            {
                config.Load.Findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"invalid ip or cidr range: '{text.Text}'");
            }
        }

        return networks;
    }

    private static List<string> Retired(RecordReader config, string field, string successor, List<KongError> kong)
    {
        if (!config.Has(field))
        {
            return [];
        }

        List<string> networks = [.. Networks(config, field)];
        config.Report(FindingCodes.AclRetiredField, field, "unknown field (removed in Kong 3.0)", $"read as {successor}", $"write {successor}",
            networks.Count > 0 ? [config.ErrorAt(field, "unknown field"), .. kong] : [config.ErrorAt(field, "unknown field")]);
        if (networks.Count > 0)
        {
            // Told once.
            kong.Clear();
        }

        return networks;
    }
}
