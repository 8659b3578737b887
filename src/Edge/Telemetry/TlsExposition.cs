namespace VoltageSoda.Edge.Telemetry;

/// <summary>The families about TLS. Stateless.</summary>
internal static class TlsExposition
{
    public static void Write(ExpositionWriter writer, EdgeMetrics metrics)
    {
        const string Handshakes = "vse_tls_handshakes_total";
        writer.Family(Handshakes, "counter", "TLS handshakes by side and result");
        foreach (ProtocolSide side in Enum.GetValues<ProtocolSide>())
        {
            foreach (TlsOutcome outcome in Enum.GetValues<TlsOutcome>())
            {
                long sum = 0;
                foreach (LoopMetrics loop in metrics.Loops)
                {
                    sum += loop.TlsHandshakes(side, outcome);
                }

                if (sum != 0 || outcome == TlsOutcome.Ok)
                {
                    writer.Open(Handshakes, default).First("side"u8, MetricLabels.Of(side)).Next("result"u8, TlsOutcomes.Name(outcome)).Close(sum);
                }
            }
        }

        (long replaced, long refused) = metrics.CertificateReloads;
        writer.Family("vse_certificate_reloads_total", "counter", "Changed certificate files by result; refused ones left the old certificate in use");
        writer.Open("vse_certificate_reloads_total", default).First("result"u8, "refused").Close(refused);
        writer.Open("vse_certificate_reloads_total", default).First("result"u8, "replaced").Close(replaced);
        writer.Family("vse_certificate_expiry_timestamp_seconds", "gauge", "When a certificate in use expires, seconds since 1970 UTC");
        SortedDictionary<string, long> expiries = new(StringComparer.Ordinal);
        foreach ((string name, DateTimeOffset notAfter) in metrics.Certificates?.Invoke() ?? [])
        {
            expiries[name] = notAfter.ToUnixTimeSeconds();
        }

        foreach ((string name, long seconds) in expiries)
        {
            writer.Open("vse_certificate_expiry_timestamp_seconds", default).First("certificate"u8, name).Close(seconds);
        }
    }
}
