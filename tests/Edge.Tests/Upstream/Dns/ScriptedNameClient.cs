using System.Collections.Concurrent;
using System.Net;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

/// <summary>Answers from a table that a test may change at any time, and remembers what was asked. What is not in it does not exist.</summary>
internal sealed class ScriptedNameClient : INameClient
{
    private readonly ConcurrentDictionary<(string Name, RecordKind Kind), Func<CancellationToken, Task<NameReply>>> _script = new();
    private readonly ConcurrentQueue<string> _asked = new();

    /// <summary>Every question so far, as <c>kind name</c>.</summary>
    public string[] Asked => [.. _asked];

    public static NameRecord Address(string address, uint ttl = 60) => new(IPAddress.Parse(address), null, 0, 0, 0, ttl);

    public static NameRecord Service(string host, int port, int weight = 1, int priority = 0, string? address = null, uint ttl = 60) =>
        new(address is null ? null : IPAddress.Parse(address), host, port, weight, priority, ttl);

    public void Set(string name, RecordKind kind, params NameRecord[] records) =>
        Set(name, kind, _ => Task.FromResult(new NameReply(NameReplyKind.Records, records)));

    public void Set(string name, RecordKind kind, NameReplyKind reply) =>
        Set(name, kind, _ => Task.FromResult(NameReply.Empty(reply)));

    public void Set(string name, RecordKind kind, Func<CancellationToken, Task<NameReply>> reply) => _script[(name, kind)] = reply;

    public void SetAddresses(string name, uint ttl, params string[] addresses)
    {
        Set(name, RecordKind.Srv, NameReplyKind.NoRecords);
        Set(name, RecordKind.A, [.. addresses.Select(address => Address(address, ttl))]);
    }

    public async ValueTask<NameReply> QueryAsync(ResolvConf configuration, string name, RecordKind kind, CancellationToken cancellation)
    {
        _asked.Enqueue($"{kind} {name}");
        return _script.TryGetValue((name, kind), out Func<CancellationToken, Task<NameReply>>? reply)
            ? await reply(cancellation)
            : NameReply.Empty(NameReplyKind.NoSuchName);
    }
}
