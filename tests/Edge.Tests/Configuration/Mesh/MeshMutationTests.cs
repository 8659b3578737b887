using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Mesh;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

/// <summary>Documents that were damaged at random: nothing throws, everything told has a place, and no guard is lost. The seeds are fixed.</summary>
public sealed class MeshMutationTests
{
    private static readonly string[] Oddities =
    [
        "", "null", "~", "[]", "{}", "[{}]", "{a: {b: [c]}}", "''", "-1", "0", "1e308", "-.inf", ".nan", "99999999999999999999", "true", "0x7f", "1:30:00", "5", "5s", "-5s",
        "999999h", "'*'", "'*.*'", "a/b/c/d", "../..", "\"\\0\"", "%", "%%", "'%REQ('", "'{{'", "'('", "'(?=x)'", "[a, [b], {c: d}]", "&x [*x]", "!!int x", "<<", "\t", "{", "]", "- x", "é漢",
        "'" + new string('a', 300) + "'", "{exact: a, prefix: b}", "[null, null]", "{0: 0, null: null}",
    ];

    public static TheoryData<string> Sources { get; } = [.. Directory.EnumerateFiles(MeshLoading.SampleFolder).Select(Path.GetFileName).Order().OfType<string>(), "everything"];

    [Theory]
    [MemberData(nameof(Sources))]
    public void Read_MutatedDocuments_NeverThrows(string source)
    {
        string text = source == "everything" ? Everything() : File.ReadAllText(Path.Combine(MeshLoading.SampleFolder, source));
        Random random = new(4711);
        for (int round = 0; round < 120; round++)
        {
            string mutated = Mutate(text, random, 0, 1 + random.Next(4));
            ConfigMode mode = (ConfigMode)random.Next(3);
            try
            {
                (FindingList findings, _) = Read(mutated, mode);
                int lines = mutated.Split('\n').Length;
                Assert.All(findings.Findings, finding => Assert.InRange(finding.Span.Line, 1, lines + 1));
                DiagnosticText.Text(findings.Findings);
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"round {round} in mode {mode}: {exception}\n{mutated}");
            }
        }
    }

    [Fact]
    public void Read_MutatedGuard_IsNeverLost()
    {
        string text = string.Join('\n', File.ReadAllLines(Path.Combine(MeshLoading.SampleFolder, "security.yaml"))[38..95]);
        Assert.StartsWith("apiVersion", text);
        Random random = new(815);
        for (int round = 0; round < 700; round++)
        {
            // The first two lines say that it is a policy.
            string mutated = Mutate(text, random, 2, 1 + random.Next(3));
            (FindingList lenient, MeshModel? model) = Read(mutated, ConfigMode.Lenient);
            Assert.True(lenient.Refused || model!.DeniedWorkloads.Count > 0, $"round {round}\n{mutated}");
            Assert.True(Read(mutated, ConfigMode.Compat).Findings.Refused, $"round {round}\n{mutated}");
        }
    }

    [Fact]
    public void Read_MutatedText_NeverGivesMoreRoutesThanWereWritten()
    {
        string text = Everything();
        Random random = new(99);
        for (int round = 0; round < 60; round++)
        {
            string mutated = Mutate(text, random, 0, 2);
            (_, MeshModel? model) = Read(mutated, ConfigMode.Lenient);
            Assert.True((model?.VirtualServices.Count ?? 0) <= mutated.Split("VirtualService").Length - 1);
        }
    }

    private static (FindingList Findings, MeshModel? Model) Read(string text, ConfigMode mode)
    {
        FindingList findings = new(mode);
        List<BrokenDocument> broken = [];
        YamlStream stream = DocumentPieces.Read("f.yaml", text, mode == ConfigMode.Lenient, broken);
        foreach (YamlProblem problem in stream.Problems)
        {
            if (problem.Kind is YamlProblemKind.Syntax or YamlProblemKind.Limit or YamlProblemKind.BrokenDocument)
            {
                findings.Add(problem.Kind == YamlProblemKind.BrokenDocument ? FindingCodes.MeshSyntax : FindingCodes.YamlSyntax, problem.Span, "", problem.Message);
            }
        }

        List<MeshDocument> documents = [.. stream.Documents.OfType<YamlMapping>().Select(MeshDocument.Of).OfType<MeshDocument>()];
        return (findings, MeshReader.Read(findings, documents, broken, null));
    }

    private static string Mutate(string text, Random random, int firstLine, int times)
    {
        List<string> lines = [.. text.Split('\n')];
        for (int i = 0; i < times && lines.Count > firstLine + 1; i++)
        {
            int at = random.Next(firstLine, lines.Count);
            string line = lines[at];
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            switch (random.Next(7))
            {
                case 0 when colon >= 0:
                    lines[at] = $"{line[..(colon + 1)]} {Oddities[random.Next(Oddities.Length)]}";
                    break;
                case 1:
                    lines.RemoveAt(at);
                    break;
                case 2:
                    lines.Insert(at, line);
                    break;
                case 3:
                    lines[at] = random.Next(2) == 0 ? "  " + line : line.StartsWith("  ", StringComparison.Ordinal) ? line[2..] : line;
                    break;
                case 4 when line.Length > 0:
                    int character = random.Next(line.Length);
                    lines[at] = line.Remove(character, 1).Insert(character, ((char)random.Next(32, 127)).ToString());
                    break;
                case 5:
                    string other = lines[random.Next(firstLine, lines.Count)];
                    lines.Insert(at, other);
                    break;
                default:
                    int dash = line.IndexOf("- ", StringComparison.Ordinal);
                    lines[at] = dash >= 0 ? $"{line[..(dash + 2)]}{Oddities[random.Next(Oddities.Length)]}" : line + Oddities[random.Next(Oddities.Length)];
                    break;
            }
        }

        return string.Join('\n', lines);
    }

    private static string Everything() => """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: v, namespace: shop, labels: {a: b}}
        spec:
          hosts: [a.test]
          gateways: [gw]
          exportTo: [.]
          http:
          - name: r
            match:
            - uri: {regex: /a.*}
              headers: {x: {exact: y}}
              queryParams: {q: {prefix: z}}
              withoutHeaders: {n: {}}
              port: 80
              sourceLabels: {a: b}
            route:
            - destination: {host: a, subset: s, port: {number: 80}}
              weight: 10
              headers: {request: {set: {a: b}, add: {c: d}, remove: [e]}}
            - destination: {host: b}
              weight: 90
            timeout: 5s
            retries: {attempts: 3, perTryTimeout: 1s, retryOn: "5xx,503", backoff: 25ms, retryPolicy: {numRetries: 3, baseInterval: 1s}}
            fault: {delay: {percentage: {value: 1}, fixedDelay: 1s}, abort: {percentage: {value: 1}, httpStatus: 500}}
            mirrors:
            - destination: {host: m}
              percentage: {value: 5}
            corsPolicy: {allowOrigins: [{exact: a}], allowMethods: [GET], maxAge: 1h}
            rewrite: {uriRegexRewrite: {match: a, rewrite: b}}
          - redirect: {uri: /x, redirectCode: 302}
          - directResponse: {status: 200, body: {string: hi}}
          - delegate: {name: d}
          tls:
          - match: [{sniHosts: [a.test], port: 443}]
            route: [{destination: {host: a}}]
          tcp:
          - match: [{port: 1}]
            route: [{destination: {host: a}}]
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: s, namespace: shop}
        spec:
          hosts: [a.test]
          addresses: [10.0.0.0/8]
          resolution: STATIC
          ports:
          - {number: 80, name: http, protocol: HTTP, targetPort: 8080}
          endpoints:
          - {address: 1.2.3.4, ports: {http: 80}, labels: {a: b}, weight: 1, locality: a/b/c}
          workloadSelector: {labels: {a: b}}
        ---
        apiVersion: v1
        kind: List
        items:
        - apiVersion: v1
          kind: Service
          metadata: {name: a}
          spec: {ports: [{port: 80, targetPort: web, name: http}], selector: {a: b}, clusterIP: None}
        - apiVersion: discovery.k8s.io/v1
          kind: EndpointSlice
          metadata: {name: a, labels: {kubernetes.io/service-name: a}}
          ports: [{port: 80}]
          endpoints:
          - addresses: [1.2.3.4]
            conditions: {ready: true}
            targetRef: {kind: Pod, name: p}
        - apiVersion: v1
          kind: Secret
          metadata: {name: c}
          data: {tls.crt: YQ==, tls.key: YQ==}
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: d}
        spec:
          host: a
          workloadSelector: {matchLabels: {a: b}}
          trafficPolicy:
            loadBalancer:
              consistentHash: {httpCookie: {name: c, ttl: 0s}, maglev: {tableSize: 11}}
              warmup: {duration: 1s}
              localityLbSetting: {distribute: [{from: a, to: {b: 100}}]}
            retryBudget: {percent: {value: 5}}
            tls: {mode: SIMPLE, sni: a}
          subsets:
          - name: s
            labels: {a: b}
        """;
}
