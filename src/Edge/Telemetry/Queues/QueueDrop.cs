namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>Why an entry was never sent.</summary>
public enum QueueDrop
{
    /// <summary>The oldest of a full queue made room for a newer one, or a full queue whose collector fails did not take it.</summary>
    Full,

    /// <summary>The entry alone is larger than the queue's bytes.</summary>
    TooLarge,

    /// <summary>Its batch failed until the retry time was over.</summary>
    Undeliverable,

    /// <summary>The process ended before it could be sent.</summary>
    Shutdown,
}
