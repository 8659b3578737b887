using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>The demo as people start it: a process of its own.</summary>
public sealed partial class DemoCommandTests
{
    private const int Sigint = 2;
    private const int Sigterm = 15;

    private static readonly (string, string)[] FreePorts =
        [("KONG_PROXY_LISTEN", "127.0.0.1:0"), ("KONG_STATUS_LISTEN", "127.0.0.1:0"), ("KONG_ADMIN_LISTEN", "127.0.0.1:0")];

    [Theory]
    [InlineData(Sigterm)]
    [InlineData(Sigint)]
    public async Task Demo_Started_KeepsItsPromisesAndEndsWell(int signal)
    {
        await using ChildProcess demo = new(FreePorts, "demo");
        await demo.PrintedAsync("Ctrl-C stops.");
        string printed = demo.Output;
        Dictionary<string, string> tokens = Export().Matches(printed).ToDictionary(
            static match => match.Groups[1].Value, static match => match.Groups[2].Value);
        Assert.Equal(["ADMIN", "API_CLIENT", "SERVICE_ACCOUNT"], tokens.Keys.Order());

        // Every line that is printed as worth trying gets what it says.
        MatchCollection tries = Try().Matches(printed);
        Assert.Equal(9, tries.Count(static match => match.Groups["status"].Value.Length == 3));
        using HttpClient client = new();
        foreach (Match match in tries)
        {
            string expected = match.Groups["status"].Value.Length == 3 ? match.Groups["status"].Value : "200";
            Assert.Equal((expected, match.Value), (await StatusAsync(client, match.Groups["command"].Value, tokens), match.Value));
        }

        string folder = Folder().Match(printed).Groups[1].Value;
        Assert.Equal(
            await File.ReadAllTextAsync(Configuration.Loading.SampleFile), await File.ReadAllTextAsync(Path.Combine(folder, "kong.yml")));
        demo.Signal(signal);
        Assert.Equal(0, await demo.ExitCodeAsync());
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Demo_Upstreams_AnswerWhatIsAsked()
    {
        await using ChildProcess demo = new(FreePorts, "demo");
        await demo.PrintedAsync("Ctrl-C stops.");
        using HttpClient client = new() { BaseAddress = new Uri(Proxy().Match(demo.Output).Groups[1].Value) };

        using HttpResponseMessage teapot = await client.GetAsync("/status/418");
        Assert.Equal(418, (int)teapot.StatusCode);
        using HttpResponseMessage slow = await client.GetAsync("/slow/20");
        Assert.Equal(HttpStatusCode.OK, slow.StatusCode);
        using HttpResponseMessage echo = await client.PostAsync("/recipes?x=1", new StringContent("hello"));
        using JsonDocument seen = JsonDocument.Parse(await echo.Content.ReadAsStringAsync());
        Assert.Equal("frontend", seen.RootElement.GetProperty("upstream").GetString());
        Assert.Equal("/recipes?x=1", seen.RootElement.GetProperty("target").GetString());
        Assert.Equal(5, seen.RootElement.GetProperty("bodyBytes").GetInt32());
        Assert.Equal("127.0.0.1", seen.RootElement.GetProperty("headers").GetProperty("X-Real-IP").GetString());
    }

    [Fact]
    public async Task Demo_EditedFile_IsReloaded()
    {
        await using ChildProcess demo = new(FreePorts, "demo");
        await demo.PrintedAsync("Ctrl-C stops.");
        using HttpClient client = new() { BaseAddress = new Uri(Proxy().Match(demo.Output).Groups[1].Value) };
        string file = Path.Combine(Folder().Match(demo.Output).Groups[1].Value, "kong.yml");

        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("X-Powered-By:Voltage-Soda", "X-Powered-By:An-Edit", StringComparison.Ordinal));

        DateTime deadline = DateTime.UtcNow.AddSeconds(30);
        string? powered;
        do
        {
            using HttpResponseMessage response = await client.GetAsync("/");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            powered = response.Headers.GetValues("X-Powered-By").Single();
        }
        while (powered != "An-Edit" && DateTime.UtcNow < deadline);

        Assert.Equal("An-Edit", powered);
    }

    [Fact]
    public async Task Demo_GivenPortIsTaken_SaysSoAndFails()
    {
        using System.Net.Sockets.TcpListener holder = new(IPAddress.Loopback, 0);
        holder.Start();
        string address = holder.LocalEndpoint.ToString()!;

        await using ChildProcess demo = new([.. FreePorts, ("KONG_PROXY_LISTEN", address)], "demo");

        Assert.Equal(1, await demo.ExitCodeAsync());
        await demo.PrintedAsync(address);
    }

    // Reads the printed curl line, as a shell would.
    private static async Task<string> StatusAsync(HttpClient client, string command, Dictionary<string, string> tokens)
    {
        using HttpRequestMessage request = new(new HttpMethod(Method().Match(command) is { Success: true } method ? method.Groups[1].Value : "GET"), Url().Match(command).Value);
        foreach (Match header in Header().Matches(command))
        {
            string[] field = header.Groups[1].Value.Split(": ", 2);
            if (field[0] == "Authorization")
            {
                string variable = field[1]["Bearer $".Length..];
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens[variable]);
            }
            else if (field.Length == 2)
            {
                request.Headers.TryAddWithoutValidation(field[0], field[1]);
            }
        }

        if (Upload().Match(command) is { Success: true } upload)
        {
            return await UploadAsync(request, upload.Groups[1].Value);
        }

        using HttpResponseMessage response = await client.SendAsync(request);
        return ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
    }

    // The answer comes while the body is being sent: curl reads it then, HttpClient fails at the body.
    private static async Task<string> UploadAsync(HttpRequestMessage request, string length)
    {
        await using RawClient raw = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, request.RequestUri!.Port));
        RawResponse response = await raw.ExchangeAsync(
            $"POST {request.RequestUri.PathAndQuery} HTTP/1.1\r\nHost: {request.RequestUri.Authority}\r\n"
            + $"Authorization: {request.Headers.Authorization}\r\nContent-Length: {length}\r\n\r\n");
        return response.Status.ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"export (\w+)=(\S+)")]
    private static partial Regex Export();

    [GeneratedRegex(@"^  # (?<status>\d{3}|the counters)[^\n]*\n  (?<command>[^\n]+)$", RegexOptions.Multiline)]
    private static partial Regex Try();

    [GeneratedRegex(@"config +(\S+)")]
    private static partial Regex Folder();

    [GeneratedRegex(@"proxy +(\S+)")]
    private static partial Regex Proxy();

    [GeneratedRegex(@"-X (\w+)")]
    private static partial Regex Method();

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Url();

    [GeneratedRegex(@"-H [""']([^""']+)[""']")]
    private static partial Regex Header();

    [GeneratedRegex(@"^head -c (\d+)")]
    private static partial Regex Upload();
}
