using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Tests.Telemetry;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>Posts beside posts and beside file reloads: the last successful publication is what is in force, whole.</summary>
public sealed class ConfigConcurrencyTests
{
    [Fact]
    public async Task Posts_BesideReloads_LeaveOneOfThemWhole()
    {
        await using AdminEdge edge = await AdminEdge.StartAsync(Document(0));
        Dictionary<string, int> byHash = Enumerable.Range(0, 8).ToDictionary(static i => Md5(Document(i)), static i => i);
        HttpStatusCode[][] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async client =>
        {
            List<HttpStatusCode> statuses = [];
            for (int i = 0; i < 20; i++)
            {
                int number = (client + i) % 8;
                if (client == 0)
                {
                    await edge.Edge.ReloadAsync(Document(number));
                }
                else
                {
                    (HttpStatusCode status, JsonNode? body) = await edge.PostConfigAsync(Document(number));
                    statuses.Add(status);
                    if (status == HttpStatusCode.Created)
                    {
                        Assert.Equal(number + 1, body!["consumers"]!.AsObject().Count);
                    }
                }

                JsonArray names = (await edge.GetAsync("/consumers"))["data"]!.AsArray();
                Assert.Single(names.Select(static consumer => consumer!["tags"]![0]!.GetValue<string>()).Distinct());
            }

            return statuses.ToArray();
        }));

        Assert.All(answers.SelectMany(static statuses => statuses), static status =>
            Assert.True(status is HttpStatusCode.Created or HttpStatusCode.TooManyRequests, status.ToString()));
        int inForce = byHash[(await edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>()];
        JsonArray consumers = (await edge.GetAsync("/consumers"))["data"]!.AsArray();
        Assert.Equal(inForce + 1, consumers.Count);
        Assert.All(consumers, consumer => Assert.Equal($"v{inForce}", consumer!["tags"]![0]!.GetValue<string>()));
    }

    [Fact]
    public async Task File_UnchangedAfterAPost_StaysOutAndAChangedOneWins()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "kong.yml");
        await File.WriteAllTextAsync(file, Document(1));
        await using AdminEdge edge = await AdminEdge.StartAsync(Document(1));
        ConfigSource source = new(EdgeSettings.From(("KONG_DECLARATIVE_CONFIG", file)));
        int reloads = 0;
        TaskCompletionSource reloaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ConfigWatcher watcher = new(source, async changed =>
        {
            reloads++;
            await edge.Edge.Host.ReloadAsync(changed);
            reloaded.TrySetResult();
        }, TimeProvider.System);
        watcher.Start(source.Load());

        Assert.Equal(HttpStatusCode.Created, (await edge.PostConfigAsync(Document(2))).Status);
        await File.WriteAllTextAsync(file, Document(1));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "beside.yml"), "x: 1");
        await File.WriteAllTextAsync(file, Document(3));
        await reloaded.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, reloads);
        Assert.Equal(Md5(Document(3)), (await edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.Created, (await edge.PostConfigAsync(Document(4))).Status);
        Assert.Equal(Md5(Document(4)), (await edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>());
    }

    private static string Document(int number)
    {
        StringBuilder text = new("_format_version: \"3.0\"\nconsumers:\n");
        for (int i = 0; i <= number; i++)
        {
            text.Append($"- username: user-{i}\n  tags: [v{number}]\n");
        }

        return text.ToString();
    }

    private static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
}
