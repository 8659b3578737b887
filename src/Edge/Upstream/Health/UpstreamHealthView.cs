using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Upstream.Health;

/// <summary>Sums of weights. Unavailable is what unhealthy addresses hold.</summary>
public readonly record struct WeightTotals(long Total, long Available, long Unavailable)
{
    public static WeightTotals operator +(WeightTotals left, WeightTotals right) =>
        new(left.Total + right.Total, left.Available + right.Available, left.Unavailable + right.Unavailable);
}

/// <summary>Health of one upstream at one moment. Immutable.</summary>
/// <param name="Id">Id of the upstream.</param>
/// <param name="Name">Its name.</param>
/// <param name="Health">Healthy or unhealthy as a whole by its threshold (Kong: balancer health); off when it has no checks.</param>
/// <param name="IsServing">Whether requests are balanced at all: weight is there, and enough of it healthy.</param>
/// <param name="Weight">Over all targets.</param>
/// <param name="Targets">In order of declaration.</param>
public sealed record UpstreamHealthView(
    Guid Id, string Name, TargetHealth Health, bool IsServing, WeightTotals Weight, IReadOnlyList<TargetHealthView> Targets)
{
    /// <summary>
    /// This and what is known of the same upstream over connections of other settings: an address is unhealthy if it is over any of them.
    /// </summary>
    internal UpstreamHealthView With(UpstreamHealthView other)
    {
        TargetHealthView[] targets = [.. Targets.Select((target, i) => i < other.Targets.Count ? target.With(other.Targets[i]) : target)];
        WeightTotals totals = default;
        foreach (TargetHealthView target in targets)
        {
            totals += target.Weight;
        }

        return this with
        {
            Health = Health == TargetHealth.Unhealthy ? Health : other.Health,
            IsServing = IsServing && other.IsServing,
            Weight = totals,
            Targets = targets,
        };
    }

    /// <summary>One row per address, and one for a target without any: what the metric shows.</summary>
    public IEnumerable<TargetHealthRow> Rows()
    {
        foreach (TargetHealthView target in Targets)
        {
            if (target.Addresses.Count == 0)
            {
                yield return new TargetHealthRow(Name, target.Target, "", TargetHealth.DnsError, target.NodeWeight);
            }

            foreach (AddressHealthView address in target.Addresses)
            {
                yield return new TargetHealthRow(Name, target.Target, $"{address.Ip}:{address.Port}", address.Health, address.Weight);
            }
        }
    }
}

/// <summary>Health of one target. Immutable.</summary>
/// <param name="Id">Id of the target.</param>
/// <param name="Target">As configured, <c>host:port</c>.</param>
/// <param name="Host">Host as configured.</param>
/// <param name="Port">Port as configured, 8000 when none was.</param>
/// <param name="Dns">Kind of record behind the addresses as Kong names it: <c>A</c>, <c>AAAA</c>, <c>SRV</c>; <c>unknown</c> without answer.</param>
/// <param name="NodeWeight">Weight as configured.</param>
/// <param name="Health">Healthy if any address is, DNS error while it has none, off when the upstream has no checks.</param>
/// <param name="Weight">Over its addresses.</param>
/// <param name="Addresses">What its name resolves to now.</param>
public sealed record TargetHealthView(
    Guid Id,
    string Target,
    string Host,
    int Port,
    string Dns,
    int NodeWeight,
    TargetHealth Health,
    WeightTotals Weight,
    IReadOnlyList<AddressHealthView> Addresses)
{
    internal TargetHealthView With(TargetHealthView other)
    {
        List<AddressHealthView> addresses = [.. Addresses];
        foreach (AddressHealthView address in other.Addresses)
        {
            int known = addresses.FindIndex(one => one.Ip == address.Ip && one.Port == address.Port);
            if (known < 0)
            {
                addresses.Add(address);
            }
            else if (address.Health == TargetHealth.Unhealthy)
            {
                addresses[known] = address;
            }
        }

        WeightTotals totals = default;
        foreach (AddressHealthView address in addresses)
        {
            bool healthy = address.Health != TargetHealth.Unhealthy;
            totals += new WeightTotals(address.Weight, healthy ? address.Weight : 0, healthy ? 0 : address.Weight);
        }

        TargetHealth health = addresses.Count == 0 ? TargetHealth.DnsError
            : addresses.Find(static address => address.Health != TargetHealth.Unhealthy)?.Health ?? TargetHealth.Unhealthy;
        return this with { Dns = Addresses.Count == 0 ? other.Dns : Dns, Health = health, Weight = totals, Addresses = addresses };
    }
}

/// <summary>Health of one address. Immutable.</summary>
/// <param name="Ip">Address as text, IPv6 in brackets.</param>
/// <param name="Port">Port.</param>
/// <param name="Weight">Weight, from the SRV record if there is one.</param>
/// <param name="Health">Its state.</param>
public sealed record AddressHealthView(string Ip, int Port, int Weight, TargetHealth Health);
