using System.Security.Cryptography;

namespace VoltageSoda.Edge.Cli.Demo;

/// <summary>
/// The sample configuration, unpacked from this assembly into a folder of its own, so that the demo runs from anywhere and its files can be
/// looked at and edited. Disposing deletes the folder.
/// </summary>
internal sealed class DemoSample : IDisposable
{
    private static readonly string[] Names = ["kong.yml", "overlay.yml"];

    private static readonly string[] SecretNames =
        ["ADMIN_JWT_SECRET", "API_CLIENT_JWT_SECRET", "SERVICE_ACCOUNT_JWT_SECRET", "KONG_REDIS_PASSWORD"];

    public DemoSample()
    {
        Folder = Directory.CreateTempSubdirectory("voltage-edge-demo-").FullName;
        Paths = [.. Names.Select(name => Path.Combine(Folder, name))];
        for (int i = 0; i < Names.Length; i++)
        {
            using Stream source = typeof(DemoSample).Assembly.GetManifestResourceStream("samples/voltage-soda/" + Names[i])
                ?? throw new InvalidOperationException($"The sample {Names[i]} is not in this build.");
            using FileStream target = File.Create(Paths[i]);
            source.CopyTo(target);
        }
    }

    /// <summary>Where the files are.</summary>
    public string Folder { get; }

    /// <summary>kong.yml as deployed, and the overlay that gives its hosts endpoints here.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>
    /// Variables for the <c>${...}</c> of the sample: a throw-away secret for each that <paramref name="variables"/> leaves out, and the
    /// addresses of the upstreams.
    /// </summary>
    public static void Complete(Dictionary<string, string> variables, DemoUpstreams upstreams)
    {
        foreach (string name in SecretNames)
        {
            if (!variables.TryGetValue(name, out string? given) || given.Length == 0)
            {
                variables[name] = RandomNumberGenerator.GetHexString(64, lowercase: true);
            }
        }

        foreach ((string name, System.Net.IPEndPoint address) in upstreams.Addresses)
        {
            variables[name.ToUpperInvariant() + "_ADDR"] = address.ToString();
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // Somebody holds a file open; the system empties its folder of temporary files.
        }
    }
}
