using System.Text;
using VoltageSoda.Edge.Tests.Configuration;

namespace VoltageSoda.Edge.Tests.Cli.Gateway;

/// <summary>
/// The tables <c>*.txt</c> beside this file: cases of Istio documents, each with requests and what becomes of them. A case is a list of rules for
/// a host of its own on the plain Gateway <c>test/gateway</c>, or documents in short: <c>Gateway ns/name</c> with its servers,
/// <c>VirtualService ns/name [hosts] [gateways]</c> and <c>Delegate ns/name</c> with their rules. <c>HOST</c> is the case's host.
/// </summary>
internal sealed class GatewayCases
{
    private static readonly string Folder = Path.Combine(Loading.Root, "tests", "Edge.Tests", "Cli", "Gateway");

    private readonly StringBuilder _documents = new();

    private GatewayCases()
    {
        foreach (string file in Directory.GetFiles(Folder, "*.txt").Order(StringComparer.Ordinal))
        {
            Read(Path.GetFileNameWithoutExtension(file), File.ReadAllLines(file));
        }
    }

    public static GatewayCases All { get; } = new();

    /// <summary>Every document of every case.</summary>
    public string Documents => _documents.ToString();

    /// <summary>Every request in the order of the tables.</summary>
    public List<GatewayRequest> Requests { get; } = [];

    private void Read(string file, string[] lines)
    {
        string name = "";
        string host = "";
        bool isOpen = false;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (line.StartsWith("== ", StringComparison.Ordinal))
            {
                name = line[3..];
                host = $"c{i}.{file}.test";
                isOpen = false;
            }
            else if (line.StartsWith("host ", StringComparison.Ordinal))
            {
                _documents.Replace($"[{host}]", $"[{line[5..]}]");
                host = line[5..];
            }
            else if (line.StartsWith("Gateway ", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ', 3);
                Begin("Gateway", words[1], $"  selector: {(words.Length > 2 ? words[2] : "{istio: ingressgateway}")}\n  servers:\n");
            }
            else if (line.StartsWith("VirtualService ", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ', 3);
                int gateways = words[2].LastIndexOf('[');
                Begin("VirtualService", words[1], $"  hosts: {words[2][..gateways]}\n  gateways: {words[2][gateways..]}\n  http:\n");
                isOpen = true;
            }
            else if (line.StartsWith("Delegate ", StringComparison.Ordinal))
            {
                Begin("VirtualService", line[9..], "  http:\n");
                isOpen = true;
            }
            else if (line.StartsWith("- ", StringComparison.Ordinal))
            {
                if (!isOpen)
                {
                    Begin("VirtualService", $"test/{file}-{i}", $"  hosts: [{host}]\n  gateways: [gateway]\n  http:\n");
                    isOpen = true;
                }

                _documents.Append("  ").Append(line).Append('\n');
            }
            else if (line.Length > 0 && char.IsAsciiLetterUpper(line[0]))
            {
                string[] words = line.Split(' ', 2);
                Requests.Add(new GatewayRequest($"{file}:{i + 1}", name, host, words[0], words[1]));
            }
            else if (line.StartsWith("  H ", StringComparison.Ordinal))
            {
                Requests[^1].Fields.Add(line[4..].Replace("HOST", host, StringComparison.Ordinal));
            }
            else if (line.StartsWith("  ", StringComparison.Ordinal) && (Requests.Count == 0 || Requests[^1].Case != name))
            {
                _documents.Append(line).Append('\n');
            }
            else if (line.StartsWith("  ", StringComparison.Ordinal))
            {
                Requests[^1].Expected.Add(line[2..].Replace("HOST", host, StringComparison.Ordinal));
            }
        }
    }

    private void Begin(string kind, string name, string spec)
    {
        string[] parts = name.Split('/');
        _documents.Append(
            $"---\napiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: {parts[1]}, namespace: {parts[0]}}}\nspec:\n{spec}");
    }
}

/// <summary>One request of a case.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Case">Name of the case.</param>
/// <param name="Host">The case's host.</param>
/// <param name="Method">Method.</param>
/// <param name="Url">URL, or a path of the case's host on the plain Gateway.</param>
internal sealed record GatewayRequest(string Place, string Case, string Host, string Method, string Url)
{
    /// <summary>Header lines.</summary>
    public List<string> Fields { get; } = [];

    /// <summary>
    /// <c>STATUS RULE UPSTREAM</c>, then <c>up</c>, <c>down</c>, <c>body</c>, <c>flags</c>, <c>details</c>, <c>copy</c>, <c>slow</c>; or <c>closed</c>.
    /// </summary>
    public List<string> Expected { get; } = [];

    /// <summary>The URL in full.</summary>
    public string FullUrl => Url.StartsWith('/') ? $"http://{Host}{Url}" : Url;
}
