using System.Text;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>
/// How a statistic of Envoy's is named in lines and, by Istio's rules for labels (<c>istio: pkg/bootstrap/config.go</c>, stats_tags), in Prometheus'
/// format. Pure.
/// </summary>
internal static class StatNames
{
    private const string Answers = "_rq_";

    /// <summary>What stands before a name.</summary>
    public static string Prefix(StatScope scope, string of) => scope switch
    {
        StatScope.Cluster => $"cluster.{of}.",
        StatScope.Http => $"http.{of};.",
        StatScope.Listener => $"listener.{of}.",
        _ => "",
    };

    /// <summary>The family of a statistic and its labels, the status of answers among them.</summary>
    public static (string Family, string Labels) Prometheus(StatScope scope, string of, string name)
    {
        List<(string, string)> labels = [];
        if (name.LastIndexOf(Answers, StringComparison.Ordinal) is >= 0 and int at && name[(at + Answers.Length)..] is [var first, _, _] code && char.IsAsciiDigit(first))
        {
            if (code.EndsWith("xx", StringComparison.Ordinal))
            {
                labels.Add(("response_code_class", code));
                name = name[..(at + Answers.Length - 1)];
            }
            else if (char.IsAsciiDigit(code[1]) && char.IsAsciiDigit(code[2]))
            {
                labels.Add(("response_code", code));
                name = name[..(at + Answers.Length - 1)];
            }
        }

        if (scope != StatScope.Server)
        {
            labels.Add((scope switch
            {
                StatScope.Cluster => "cluster_name",
                StatScope.Http => "http_conn_manager_prefix",
                _ => "listener_address",
            }, of));
        }

        string kind = scope switch
        {
            StatScope.Cluster => "cluster_",
            StatScope.Http => "http_",
            StatScope.Listener => "listener_",
            _ => "",
        };
        return ("envoy_" + kind + Sanitize(name), Telemetry.ExpositionWriter.LabelText(labels));
    }

    private static string Sanitize(string name)
    {
        StringBuilder text = new(name.Length);
        foreach (char letter in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(letter) || letter == '_' ? letter : '_');
        }

        return text.ToString();
    }
}
