using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>The Gateway side of an explanation for people. Pure.</summary>
internal static class GatewayText
{
    private const int LongestValue = 120;

    public static void Append(StringBuilder text, ExplainedGateway gateway)
    {
        if (gateway.Gateways.Count != 0)
        {
            Line(text, "gateway", At(string.Join(", ", gateway.Gateways), gateway.Place));
            Line(text, "table", gateway.Table + (gateway.PortMapping is { } mapping ? $"  ({mapping})" : ""));
        }

        if (gateway.VirtualHost is { } host)
        {
            Line(text, "vhost", host + (gateway.Rule is { } rule ? $"  (route {rule.Order} of {rule.Of})" : ""));
        }

        if (gateway.TimeoutMs is { } timeout)
        {
            Line(text, "timeout", Milliseconds(timeout));
        }

        if (gateway.Retries is { } retries)
        {
            string perTry = retries.PerTryTimeoutMs is { } limit ? $", {Milliseconds(limit)} each" : "";
            Line(text, "retries", At($"{retries.Attempts} on {retries.On}{perTry}, pauses from {Milliseconds(retries.BackoffMs)}", retries.Place)
                + (retries.Place is null ? "  (default)" : ""));
        }

        Fault(text, gateway.Fault);
        if (gateway.Cors is { } cors)
        {
            Line(text, "cors", cors);
        }

        Destinations(text, "Destinations", gateway.Destinations);
        Destinations(text, "Copies", gateway.Mirrors);
    }

    public static string Outcome(ExplainedGateway gateway) => gateway.Destinations is [var only]
        ? $"goes to {only.Cluster}; the answer is the upstream's"
        : "goes to one of " + string.Join(", ", gateway.Destinations.Select(static destination =>
            $"{destination.Cluster} ({Percent(destination.Percent)}{(destination.Refusal is { } refusal ? $": {refusal}" : "")})"));

    private static void Fault(StringBuilder text, ExplainedFault? fault)
    {
        if (fault is null)
        {
            return;
        }

        List<string> parts = [];
        if (fault is { DelayPercent: { } delayed, DelayMs: { } delay })
        {
            parts.Add($"{Percent(delayed)} wait {Milliseconds(delay)}");
        }

        if (fault.AbortPercent is { } aborted)
        {
            string status = fault.AbortGrpcStatus is { } grpc
                ? string.Create(CultureInfo.InvariantCulture, $"gRPC status {grpc}")
                : fault.AbortStatus?.ToString(CultureInfo.InvariantCulture) ?? "nothing";
            parts.Add($"{Percent(aborted)} are answered {status}");
        }

        Line(text, "fault", At(string.Join("; ", parts), fault.Place));
    }

    private static void Destinations(StringBuilder text, string title, IReadOnlyList<ExplainedDestination> destinations)
    {
        if (destinations.Count == 0)
        {
            return;
        }

        text.Append('\n').Append(title).Append('\n');
        foreach (ExplainedDestination destination in destinations)
        {
            text.Append($"  {At($"{Percent(destination.Percent)}  {destination.Cluster}", destination.Place)}\n");
            if (destination.Refusal is { } refusal)
            {
                text.Append($"      {refusal}\n");
            }

            foreach (string change in destination.Headers)
            {
                text.Append($"      {change}\n");
            }

            foreach (string change in destination.AnswerHeaders)
            {
                text.Append($"      answer: {change}\n");
            }

            Request(text, destination.Request);

            foreach (Place rule in destination.DestinationRules)
            {
                text.Append($"      DestinationRule {rule}\n");
            }

            if (destination.Algorithm is { } algorithm)
            {
                text.Append($"      balances by {algorithm}\n");
            }

            foreach (string policy in destination.Policies)
            {
                text.Append($"      {policy}\n");
            }

            foreach (ExplainedEndpoint endpoint in destination.Endpoints)
            {
                text.Append($"      endpoint {endpoint.Address}  weight {endpoint.Weight}\n");
            }
        }
    }

    private static void Request(StringBuilder text, ExplainedHead? request)
    {
        if (request is null)
        {
            return;
        }

        text.Append($"      > {request.Method} {request.Target}\n      > host: {request.Host}\n");
        foreach (string line in request.Headers)
        {
            text.Append($"      > {(line.Length > LongestValue ? line[..LongestValue] + "..." : line)}\n");
        }
    }

    private static string Percent(decimal percent) => string.Create(CultureInfo.InvariantCulture, $"{percent:0.####} %");

    private static string Milliseconds(int span) => span % 1000 == 0 && span != 0
        ? string.Create(CultureInfo.InvariantCulture, $"{span / 1000} s")
        : string.Create(CultureInfo.InvariantCulture, $"{span} ms");

    private static string At(string name, Place? place) => place is null ? name : $"{name}  {place}";

    private static void Line(StringBuilder text, string label, string value) => text.Append($"  {label,-9} {value}\n");
}
