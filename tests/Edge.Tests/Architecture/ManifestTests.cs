using VoltageSoda.Edge.Configuration.Settings;
using YamlDotNet.RepresentationModel;

namespace VoltageSoda.Edge.Tests.Architecture;

/// <summary>The Kubernetes manifests fit each other, the image and the settings. They cannot be applied here.</summary>
public sealed class ManifestTests
{
    private const string Folder = "deploy/kubernetes";

    public static TheoryData<string> Files => [.. Names];

    private static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Path.Combine(SourceTree.Root, Folder), "*.yaml").Select(static path => Path.GetFileName(path)).Order();

    [Theory]
    [MemberData(nameof(Files))]
    public void Manifest_Document_HasKindAndName(string file)
    {
        YamlMappingNode document = Load(file);

        Assert.NotEmpty(Text(document, "apiVersion"));
        Assert.NotEmpty(Text(document, "kind"));
        if (file != "kustomization.yaml")
        {
            Assert.StartsWith("voltage-edge", Text(document, "metadata", "name"));
            Assert.Equal("voltage-soda-api", Text(document, "metadata", "namespace"));
        }
    }

    [Fact]
    public void Kustomization_Resources_AreAllTheManifests()
    {
        IEnumerable<string> listed = ((YamlSequenceNode)Load("kustomization.yaml").Children["resources"]).Select(static node => node.ToString());

        Assert.Equal(Names.Where(static file => file != "kustomization.yaml"), listed.Order());
    }

    [Fact]
    public void Deployment_Environment_HasOnlyKnownSettings()
    {
        IEnumerable<string> names = ((YamlSequenceNode)Container.Children["env"]).Select(static node => Text((YamlMappingNode)node, "name"));

        Assert.All(names, static name => Assert.NotNull(SettingTable.Find(name)));
    }

    [Fact]
    public void Deployment_Probes_AskTheStatusListener()
    {
        Assert.Equal(("/status", "status"), Probe("livenessProbe"));
        Assert.Equal(("/status/ready", "status"), Probe("readinessProbe"));
        Assert.Contains(((YamlSequenceNode)Container.Children["ports"]).Cast<YamlMappingNode>(), static port =>
            Text(port, "name") == "status" && Text(port, "containerPort") == "8100");
    }

    [Fact]
    public void Deployment_GracePeriod_CoversTheDrain()
    {
        int grace = int.Parse(Text(Load("deployment.yaml"), "spec", "template", "spec", "terminationGracePeriodSeconds"));
        double drain = Seconds("MINIMUM_DRAIN_DURATION") + Seconds("EDGE_DRAIN_TIMEOUT");

        Assert.True(grace > drain, $"{grace} s are not more than {drain} s");
    }

    [Theory]
    [InlineData("deployment.yaml", "spec", "selector", "matchLabels", "app")]
    [InlineData("deployment.yaml", "spec", "template", "metadata", "labels", "app")]
    [InlineData("service.yaml", "spec", "selector", "app")]
    [InlineData("pod-disruption-budget.yaml", "spec", "selector", "matchLabels", "app")]
    [InlineData("network-policy.yaml", "spec", "podSelector", "matchLabels", "app")]
    [InlineData("horizontal-pod-autoscaler.yaml", "spec", "scaleTargetRef", "name")]
    public void Manifest_Selector_FindsTheDeployment(string file, params string[] path) =>
        Assert.Equal("voltage-edge", Text(Load(file), path));

    [Fact]
    public void Deployment_Container_HasNoPrivileges()
    {
        YamlMappingNode pod = (YamlMappingNode)Find(Load("deployment.yaml"), "spec", "template", "spec");

        Assert.Equal("true", Text(pod, "securityContext", "runAsNonRoot"));
        Assert.Equal("false", Text(Container, "securityContext", "allowPrivilegeEscalation"));
        Assert.Equal("true", Text(Container, "securityContext", "readOnlyRootFilesystem"));
        Assert.Equal("ALL", Assert.Single((YamlSequenceNode)Find(Container, "securityContext", "capabilities", "drop")).ToString());
    }

    private static YamlMappingNode Container =>
        (YamlMappingNode)((YamlSequenceNode)Find(Load("deployment.yaml"), "spec", "template", "spec", "containers")).Children[0];

    private static (string Path, string Port) Probe(string name) =>
        (Text(Container, name, "httpGet", "path"), Text(Container, name, "httpGet", "port"));

    private static double Seconds(string setting) => double.Parse(SettingTable.Find(setting)!.DefaultText.TrimEnd('s'));

    private static string Text(YamlMappingNode node, params string[] path) => ((YamlScalarNode)Find(node, path)).Value!;

    private static YamlNode Find(YamlNode node, params string[] path) =>
        path.Aggregate(node, static (parent, key) => ((YamlMappingNode)parent).Children[key]);

    private static YamlMappingNode Load(string file)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(SourceTree.Read($"{Folder}/{file}")));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }
}
