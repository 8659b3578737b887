using System.Globalization;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>retries</c> of a rule and the mesh's default retries (<c>pkg/config/validation/validation.go</c>, validateHTTPRetry).</summary>
internal static class RetryReader
{
    private static readonly string[] Conditions =
    [
        "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream", "retriable-status-codes",
        "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure", "cancelled", "deadline-exceeded", "internal",
        "resource-exhausted", "unavailable",
    ];

    /// <summary>Reads it; null when absent.</summary>
    public static RetrySettings? Read(MeshRecord parent, string field)
    {
        if (parent.Record(field) is not { } record)
        {
            return null;
        }

        RetrySettings retries = new()
        {
            Span = record.Span,
            Attempts = record.Integer("attempts") ?? 0,
            PerTryTimeout = record.Duration("perTryTimeout"),
            RetryOn = record.Text("retryOn"),
            RetryOnSpan = record.SpanOf("retryOn"),
            RetryRemoteLocalities = record.Boolean("retryRemoteLocalities"),
            RetryIgnorePreviousHosts = record.Boolean("retryIgnorePreviousHosts"),
            Backoff = record.Duration("backoff"),
        };
        if (record.Record("retryPolicy") is { } native)
        {
            retries = Envoys(record, native, retries);
        }

        record.Done();
        if (retries.Attempts == 0 && (retries.PerTryTimeout is not null || retries.RetryOn is not null || retries.RetryRemoteLocalities is not null))
        {
            record.ReportHere(FindingCodes.MeshContradiction, "attempts is 0, which switches retries off, and more is configured", hint: "write attempts, or leave the rest out");
        }

        foreach (string token in (retries.RetryOn ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Condition(record, token);
        }

        return retries;
    }

    private static void Condition(MeshRecord record, string token)
    {
        bool status = int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int code) && code is >= 100 and <= 599;
        if (status || Conditions.Contains(token))
        {
            return;
        }

        string? nearest = NearestName.Find(token, Conditions);
        record.Report(FindingCodes.RetryCondition, "retryOn", $"'{token}' is no condition for a retry; Istio refuses it", "it never holds",
            nearest is null ? null : $"did you mean '{nearest}'?");
    }

    // The shape of Envoy's route configuration, where Istio has fields of its own.
    private static RetrySettings Envoys(MeshRecord record, MeshRecord native, RetrySettings retries)
    {
        List<string> taken = [];
        T? Take<T>(T? own, T? other, string name)
        {
            if (own is null && other is not null)
            {
                taken.Add(name);
            }

            return own is not null ? own : other;
        }

        int? attempts = native.Integer("numRetries");
        RetrySettings merged = retries with
        {
            Attempts = Take(record.Has("attempts") ? retries.Attempts : (int?)null, attempts, "numRetries") ?? 0,
            RetryOn = Take(retries.RetryOn, native.Text("retryOn"), "retryOn"),
            PerTryTimeout = Take(retries.PerTryTimeout, native.Duration("perTryTimeout"), "perTryTimeout"),
        };
        MeshRecord backoff = native.Record("retryBackOff") ?? native;
        merged = merged with
        {
            Backoff = Take(retries.Backoff, backoff.Duration("baseInterval"), "baseInterval as backoff"),
            MaxBackoff = Take(null, backoff.Duration("maxInterval"), "maxInterval as its maximum"),
        };
        if (merged.RetryOn != retries.RetryOn)
        {
            merged = merged with { RetryOnSpan = native.SpanOf("retryOn") };
        }

        if (backoff != native)
        {
            backoff.Done();
        }

        native.Done();
        record.ReportKey(FindingCodes.NativeRetryPolicy, "retryPolicy", "is Envoy's, Istio does not know it",
            taken.Count == 0 ? "left out: the rule says all of it itself" : $"taken from it: {string.Join(", ", taken)}; what the rule says itself holds",
            "write attempts, perTryTimeout, retryOn and backoff of retries");
        return merged;
    }
}
