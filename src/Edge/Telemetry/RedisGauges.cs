namespace VoltageSoda.Edge.Telemetry;

/// <summary>What is shown of one Redis connection. A plain value.</summary>
/// <param name="Name">Servers and database, without user.</param>
/// <param name="Breaker">0 closed, 1 probing, 2 open.</param>
/// <param name="Connected">Whether a connection is established.</param>
/// <param name="Waiting">Commands without answer.</param>
/// <param name="Restored">Counts added after an absence, in keys.</param>
/// <param name="Dropped">Counts of an absence that found no room.</param>
public readonly record struct RedisGauges(string Name, int Breaker, bool Connected, int Waiting, long Restored, long Dropped);
