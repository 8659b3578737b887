namespace VoltageSoda.Edge.Exchanges;

/// <summary>Sizes and times of one finished exchange.</summary>
/// <param name="Received">Request bytes, head included.</param>
/// <param name="BodySent">Body bytes to the client.</param>
/// <param name="Sent">Bytes to the client, head included.</param>
/// <param name="KongMs">Milliseconds until the first attempt, or of the whole exchange when there was none.</param>
/// <param name="UpstreamMs">Milliseconds until the upstream's answer; -1 without one.</param>
/// <param name="RequestMs">Milliseconds from the first byte of the request to the end.</param>
internal readonly record struct ExchangeTotals(long Received, long BodySent, long Sent, int KongMs, int UpstreamMs, int RequestMs);
