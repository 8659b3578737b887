using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>Asks real name servers over UDP, then TCP for truncated answers. Thread-safe.</summary>
/// <remarks>
/// The library is used for one question to one server at a time; the rounds over the servers are ours. Its own would take
/// NXDOMAIN for an error that the next server might not have.
/// </remarks>
public sealed class DnsNameClient : INameClient
{
    // Fits every path without fragments; larger answers come over TCP (DNS flag day 2020).
    private const int UdpBufferBytes = 1232;

    // Each question names its server; the library insists on a default one, which is never asked.
    private readonly LookupClient _client = new(
        new LookupClientOptions(IPAddress.Loopback) { AutoResolveNameServers = false, UseCache = false });
    private int _rotation;

    /// <inheritdoc/>
    public async ValueTask<NameReply> QueryAsync(
        ResolvConf configuration, string name, RecordKind kind, CancellationToken cancellation)
    {
        if (QuestionFor(name, kind) is not { } question)
        {
            return NameReply.Empty(NameReplyKind.NoSuchName);
        }

        DnsQueryOptions options = OptionsFor(configuration);
        int count = configuration.Servers.Count;
        int start = configuration.Rotate ? (int)((uint)Interlocked.Increment(ref _rotation) % (uint)count) : 0;
        NameReplyKind failure = NameReplyKind.Unreachable;
        for (int turn = 0; turn < count * configuration.Attempts; turn++)
        {
            IPEndPoint server = configuration.Servers[(start + turn) % count];
            NameReply reply = await AskAsync(server, question, options, kind, cancellation);
            if (reply.Kind is NameReplyKind.ServerError)
            {
                failure = NameReplyKind.ServerError;
            }
            else if (reply.Kind is not NameReplyKind.Unreachable)
            {
                return reply;
            }
        }

        return NameReply.Empty(failure);
    }

    // The library refuses text that cannot be put into a question; such a name exists nowhere.
    private static DnsQuestion? QuestionFor(string name, RecordKind kind)
    {
        try
        {
            return new DnsQuestion(name, TypeOf(kind));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static QueryType TypeOf(RecordKind kind) => kind switch
    {
        RecordKind.A => QueryType.A,
        RecordKind.Aaaa => QueryType.AAAA,
        _ => QueryType.SRV,
    };

    private static DnsQueryOptions OptionsFor(ResolvConf configuration) => new()
    {
        Timeout = configuration.Timeout,
        Retries = 0,
        UseCache = false,
        ThrowDnsErrors = false,
        ContinueOnDnsError = false,
        ContinueOnEmptyResponse = false,
        UseTcpFallback = true,
        ExtendedDnsBufferSize = UdpBufferBytes,
    };

    private async Task<NameReply> AskAsync(
        IPEndPoint server, DnsQuestion question, DnsQueryOptions options, RecordKind kind, CancellationToken cancellation)
    {
        try
        {
            IDnsQueryResponse response = await _client.QueryServerAsync([new NameServer(server)], question, options, cancellation);
            return response.Header.ResponseCode switch
            {
                DnsHeaderResponseCode.NoError => Read(response, kind),
                DnsHeaderResponseCode.NotExistentDomain => NameReply.Empty(NameReplyKind.NoSuchName),
                _ => NameReply.Empty(NameReplyKind.ServerError),
            };
        }
#pragma warning disable CA1031 // What a server sends makes the library throw in many ways; all of them mean that this server is of no use.
        catch (Exception error)
#pragma warning restore CA1031
        {
            // The library reports a cancelled question as a timeout.
            cancellation.ThrowIfCancellationRequested();
            return NameReply.Empty(IsSilence(error) ? NameReplyKind.Unreachable : NameReplyKind.ServerError);
        }
    }

    private static bool IsSilence(Exception error) => error switch
    {
        DnsResponseException response => response.Code == DnsResponseCode.ConnectionTimeout || IsNetwork(response.InnerException),
        _ => IsNetwork(error),
    };

    private static bool IsNetwork(Exception? error) =>
        error is SocketException or IOException or TimeoutException or OperationCanceledException;

    private static NameReply Read(IDnsQueryResponse response, RecordKind kind)
    {
        List<NameRecord> records = [];
        uint ttl = uint.MaxValue;
        foreach (DnsResourceRecord alias in response.Answers.OfRecordType(ResourceRecordType.CNAME))
        {
            ttl = Math.Min(ttl, Seconds(alias));
        }

        foreach (DnsResourceRecord record in response.Answers)
        {
            uint life = Math.Min(ttl, Seconds(record));
            if (kind == RecordKind.Srv && record is SrvRecord service)
            {
                AddService(records, service, response, life);
            }
            else if ((kind == RecordKind.A && record is ARecord) || (kind == RecordKind.Aaaa && record is AaaaRecord))
            {
                records.Add(new NameRecord(((AddressRecord)record).Address, Host: null, Port: 0, Weight: 0, Priority: 0, life));
            }
        }

        return records.Count == 0 ? NameReply.Empty(NameReplyKind.NoRecords) : new NameReply(NameReplyKind.Records, records);
    }

    private static void AddService(List<NameRecord> records, SrvRecord service, IDnsQueryResponse response, uint life)
    {
        bool hasAddress = false;
        foreach (DnsResourceRecord extra in response.Additionals)
        {
            if (extra is AddressRecord located && located.DomainName.Equals(service.Target))
            {
                hasAddress = true;
                records.Add(new NameRecord(
                    located.Address, service.Target, service.Port, service.Weight, service.Priority, Math.Min(life, Seconds(located))));
            }
        }

        if (!hasAddress)
        {
            records.Add(new NameRecord(Address: null, service.Target, service.Port, service.Weight, service.Priority, life));
        }
    }

    // RFC 2181, 8: a life with the top bit set counts as 0.
    private static uint Seconds(DnsResourceRecord record) =>
        record.InitialTimeToLive < 0 ? 0 : (uint)record.InitialTimeToLive;
}
