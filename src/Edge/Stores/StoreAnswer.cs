using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Stores;

/// <summary>What a script answered, or why it did not. A plain value.</summary>
internal struct StoreAnswer
{
    /// <summary><see cref="LimiterResult.Allowed"/> here means that the store answered.</summary>
    public LimiterResult Result;

    public StoreValues Values;

    public readonly bool Answered => Result == LimiterResult.Allowed;
}

/// <summary>Numbers of an answer.</summary>
[InlineArray(7)]
internal struct StoreValues
{
    private long _first;
}
