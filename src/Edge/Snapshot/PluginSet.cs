using System.Collections.Frozen;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>The plugins of one route for one scheme, by consumer. Immutable, shared by all loops.</summary>
/// <param name="unknown">Before a consumer is known, and for consumers without instances of their own.</param>
/// <param name="byConsumer">Chains of consumers that have instances of their own, by consumer id; null when none has.</param>
internal sealed class PluginSet(PluginChain unknown, FrozenDictionary<string, PluginChain>? byConsumer)
{
    /// <summary>No plugin at all.</summary>
    public static readonly PluginSet Empty = new(PluginChain.Empty, null);

    public PluginChain Unknown => unknown;

    /// <summary>The chain of a caller. Its plugins before authentication are those of <see cref="Unknown"/>.</summary>
    public PluginChain For(Consumer? consumer) =>
        byConsumer is not null && consumer is not null && byConsumer.TryGetValue(consumer.Id, out PluginChain? own) ? own : unknown;
}
