namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>The outcome of looking a name up. Immutable.</summary>
/// <param name="Status">What the addresses are worth.</param>
/// <param name="Addresses">Without duplicates, in a fixed order (address, then port), so that servers which rotate their records do not look like change.</param>
/// <param name="Ttl">Time until the next lookup is due, within the resolver's floor and ceiling; infinite for an IP literal.</param>
public sealed record NameAnswer(NameStatus Status, IReadOnlyList<ResolvedAddress> Addresses, TimeSpan Ttl);
