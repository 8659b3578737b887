using System.Net;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Authorization;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>The policies that decide who may pass, each with a caller who does, among a thousand credentials. Nothing allocates.</summary>
[MemoryDiagnoser]
public class AccessBench
{
    private static readonly Consumer Caller = new("33e571e9-c20f-5eea-b88e-6c6e00ea383d", "name", null, ["staff", "admin"]);

    private readonly KeyAuth _key = new(
        new KeyAuthOptions(),
        new KeyTable(Enumerable.Range(0, 1000).Select(static i => new KeyCredential { Id = $"id {i}", Key = $"key-number-{i}", Consumer = Caller })));

    private readonly BasicAuth _basic = new(
        new BasicAuthOptions(),
        new PasswordTable([.. Enumerable.Range(0, 1000).Select(static i => new PasswordCredential
        {
            Id = $"id {i}",
            Username = $"user-{i}",
            Digest = PasswordTable.Digest("open sesame", Caller.Id),
            Consumer = Caller,
        })]));

    private readonly GroupAcl _acl = new(["admin", "user"], ["blocked"]);

    private readonly IpRestriction _restriction = new(
        [.. Enumerable.Range(0, 20).Select(static i => $"10.{i}.0.0/16")], ["10.3.7.0/24"]);

    private readonly ClientAddress _client = ClientAddress.From(IPAddress.Parse("10.19.1.1"));
    private readonly Identity _identity = new(Caller, "id", "key");
    private HeaderFields _keyed = HeaderFields.Of("Accept: */*", "User-Agent: bench", "apikey: key-number-500");
    private HeaderFields _password = HeaderFields.Of("Accept: */*", "Authorization: Basic " + Convert.ToBase64String("user-500:open sesame"u8));
    private HeaderFields _none = HeaderFields.Of("Accept: */*");

    [GlobalSetup]
    public void Setup()
    {
        if (!KeyInHeader() || !KeyInQuery() || !Password() || !Acl() || !Address())
        {
            throw new InvalidOperationException("wrong verdict");
        }
    }

    [Benchmark]
    public bool KeyInHeader()
    {
        RequestBodyText body = new() { IsKnown = true };
        return _key.Verify("GET"u8, default, ref _keyed, in body, null, 0, out _).IsPass;
    }

    [Benchmark]
    public bool KeyInQuery()
    {
        RequestBodyText body = new() { IsKnown = true };
        return _key.Verify("GET"u8, "page=2&apikey=key-number-500&size=20"u8, ref _none, in body, null, 0, out _).IsPass;
    }

    [Benchmark]
    public bool Password() => _basic.Verify(ref _password, null).IsPass;

    [Benchmark]
    public bool Acl() => _acl.Decide(_identity).IsPass;

    [Benchmark]
    public bool Address() => _restriction.Admits(in _client, out _, out _);
}
