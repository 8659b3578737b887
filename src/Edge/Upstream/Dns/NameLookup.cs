using System.Net;
using System.Net.Sockets;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>
/// Finds the addresses of one name once: hosts file, then the search list, and for each candidate the record types in order.
/// Without state; thread-safe.
/// </summary>
/// <remarks>
/// What ends the walk follows the C library. A server error lets the next candidate be tried, since a search suffix may lead into
/// a broken zone; silence does not, since the next candidate could be somebody else's name. A type that answered last time and
/// now fails ends the walk as well: falling from SRV to A would move the cluster to another port because of one lost packet.
/// </remarks>
internal sealed class NameLookup(NameResolverOptions options, INameClient client)
{
    public async Task<LookupOutcome> RunAsync(
        string host, bool allowSrv, RecordKind? last, HostsFile hosts, ResolvConf configuration, CancellationToken cancellation)
    {
        if (hosts.Find(host) is { } local)
        {
            return FromHosts(local);
        }

        bool failed = false;
        foreach (string name in SearchList.Candidates(host, configuration))
        {
            foreach (RecordKind kind in KindsFor(allowSrv, last))
            {
                NameReply reply = await client.QueryAsync(configuration, name, kind, cancellation);
                if (reply.Kind == NameReplyKind.Records)
                {
                    LookupOutcome outcome = await FromRecordsAsync(reply.Records, kind, hosts, configuration, cancellation);
                    if (outcome.Result == LookupResult.Resolved)
                    {
                        return outcome;
                    }

                    failed |= outcome.Result == LookupResult.Failed;
                }
                else if (reply.Kind == NameReplyKind.NoSuchName)
                {
                    break;
                }
                else if (reply.Kind == NameReplyKind.Unreachable || (reply.Kind == NameReplyKind.ServerError && kind == last))
                {
                    return LookupOutcome.Without(LookupResult.Failed);
                }
                else
                {
                    failed |= reply.Kind == NameReplyKind.ServerError;
                }
            }
        }

        return LookupOutcome.Without(failed ? LookupResult.Failed : LookupResult.NotFound);
    }

    private IEnumerable<RecordKind> KindsFor(bool allowSrv, RecordKind? last)
    {
        RecordKind? first = options.LastKindFirst ? last : null;
        if (first is { } kind)
        {
            yield return kind;
        }

        foreach (RecordKind next in options.Order)
        {
            if (next != first && (allowSrv || next != RecordKind.Srv))
            {
                yield return next;
            }
        }
    }

    // The file is watched, so its names never fall due. Of two families the one that Order prefers is used, as for servers.
    private LookupOutcome FromHosts(IReadOnlyList<IPAddress> addresses)
    {
        AddressFamily family = PreferredFamily(addresses);
        List<ResolvedAddress> found = [];
        foreach (IPAddress address in addresses)
        {
            if (address.AddressFamily == family)
            {
                found.Add(new ResolvedAddress(address, Port: 0, Weight: null, Priority: 0));
            }
        }

        return new(LookupResult.Resolved, AddressSet.Normalize(found, options.MaximumAddresses), options.MaximumTtl, null);
    }

    private AddressFamily PreferredFamily(IReadOnlyList<IPAddress> addresses)
    {
        foreach (RecordKind kind in options.Order)
        {
            AddressFamily family = kind switch
            {
                RecordKind.A => AddressFamily.InterNetwork,
                RecordKind.Aaaa => AddressFamily.InterNetworkV6,
                _ => AddressFamily.Unspecified,
            };
            if (addresses.Any(address => address.AddressFamily == family))
            {
                return family;
            }
        }

        return addresses[0].AddressFamily;
    }

    private AddressFamily FamilyOf(string host, IReadOnlyList<NameRecord> records) => PreferredFamily(
        [.. records.Where(record => record.Host == host && record.Address is not null).Select(static record => record.Address!)]);

    private async Task<LookupOutcome> FromRecordsAsync(
        IReadOnlyList<NameRecord> records, RecordKind kind, HostsFile hosts, ResolvConf configuration, CancellationToken cancellation)
    {
        List<ResolvedAddress> found = [];
        uint ttl = records.Min(static record => record.TtlSeconds);
        bool failed = false;
        int best = records.Min(static record => record.Priority);
        foreach (NameRecord record in records)
        {
            // RFC 2782: the best priority alone is used; "." as host says that the service does not exist here.
            if (record.Priority != best || record.Host is "" or ".")
            {
                continue;
            }

            int? weight = kind == RecordKind.Srv ? Math.Max(1, record.Weight) : null;
            if (record.Address is { } address)
            {
                if (record.Host is not null && address.AddressFamily != FamilyOf(record.Host, records))
                {
                    continue;
                }

                found.Add(new ResolvedAddress(address, record.Port, weight, record.Priority) { ServiceHost = ServiceHost(record, kind) });
                continue;
            }

            (LookupOutcome host, uint hostTtl) = await FindServiceHostAsync(record.Host!, hosts, configuration, cancellation);
            ttl = Math.Min(ttl, hostTtl);
            failed |= host.Result == LookupResult.Failed;
            foreach (ResolvedAddress located in host.Addresses)
            {
                found.Add(located with { Port = record.Port, Weight = weight, Priority = record.Priority, ServiceHost = ServiceHost(record, kind) });
            }
        }

        if (found.Count == 0)
        {
            return LookupOutcome.Without(failed ? LookupResult.Failed : LookupResult.NotFound);
        }

        ResolvedAddress[] set = AddressSet.Normalize(found, options.MaximumAddresses);
        return new(LookupResult.Resolved, set, TimeSpan.FromSeconds(ttl), kind);
    }

    private static string? ServiceHost(NameRecord record, RecordKind kind) => kind == RecordKind.Srv ? record.Host?.TrimEnd('.') : null;

    // The host of an SRV record is fully qualified and has addresses, not services: no search list, no SRV.
    private async Task<(LookupOutcome Outcome, uint TtlSeconds)> FindServiceHostAsync(
        string host, HostsFile hosts, ResolvConf configuration, CancellationToken cancellation)
    {
        if (hosts.Find(host) is { } local)
        {
            return (FromHosts(local), uint.MaxValue);
        }

        bool failed = false;
        foreach (RecordKind kind in KindsFor(allowSrv: false, last: null))
        {
            NameReply reply = await client.QueryAsync(configuration, host.TrimEnd('.'), kind, cancellation);
            if (reply.Kind == NameReplyKind.Records)
            {
                ResolvedAddress[] found = [.. reply.Records
                    .Where(static record => record.Address is not null)
                    .Select(static record => new ResolvedAddress(record.Address!, Port: 0, Weight: null, Priority: 0))];
                uint ttl = reply.Records.Min(static record => record.TtlSeconds);
                return (new LookupOutcome(LookupResult.Resolved, found, TimeSpan.Zero, kind), ttl);
            }

            if (reply.Kind == NameReplyKind.NoSuchName)
            {
                break;
            }

            failed |= reply.Kind is NameReplyKind.ServerError or NameReplyKind.Unreachable;
        }

        return (LookupOutcome.Without(failed ? LookupResult.Failed : LookupResult.NotFound), uint.MaxValue);
    }
}
