using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Reads <c>outlierDetection</c>, and with it what stands for it elsewhere: <c>circuitBreaker</c> (gone since v1alpha1) and fields under
/// <c>connectionPool.http</c>. A field is taken from the first of these that sets it.
/// </summary>
internal static class OutlierReader
{
    // What may stand under connectionPool.http by mistake; idleTimeout and the limits belong there.
    private static readonly string[] UnderHttp =
    [
        "consecutiveGatewayFailure", "consecutiveGatewayErrors", "consecutive5xxErrors", "consecutiveErrors", "interval", "baseEjectionTime",
        "maxEjectionPercent", "minHealthPercent", "splitExternalLocalOriginErrors", "consecutiveLocalOriginFailures",
    ];

    private static readonly string[] OfEnvoy =
    [
        "enforcingConsecutive5xxErrors", "enforcingConsecutive5xx", "enforcingConsecutiveGatewayErrors", "enforcingConsecutiveGatewayFailure",
        "enforcingConsecutiveLocalOriginFailure", "enforcingConsecutiveLocalOriginFailures", "enforcingSuccessRate",
        "enforcingLocalOriginSuccessRate", "successRateMinimumHosts", "successRateRequestVolume", "successRateStdevFactor",
        "successRateStasFactor", "enforcingFailurePercentage", "enforcingFailurePercentageLocalOrigin", "failurePercentageThreshold",
        "failurePercentageMinimumHosts", "failurePercentageRequestVolume", "maxEjectionTime",
    ];

    /// <summary>Reads them out of a traffic policy; null when none of them is there.</summary>
    public static OutlierSettings? Read(MeshRecord policy, MeshRecord? http)
    {
        List<MeshRecord> sources = [];
        MeshRecord? own = policy.Record("outlierDetection");
        if (own is not null)
        {
            sources.Add(own);
        }

        if (policy.Record("circuitBreaker") is { } breaker)
        {
            policy.ReportKey(FindingCodes.CircuitBreaker, "circuitBreaker", "is no part of Istio's API any more",
                own is null ? "read as outlierDetection" : "what outlierDetection does not set is taken from it", "write outlierDetection");
            sources.Add(LowerFirst(breaker));
        }

        MeshRecord? misplaced = http is null ? null : Misplaced(http, sources.Count > 0);
        if (misplaced is not null)
        {
            sources.Add(misplaced);
        }

        if (sources.Count == 0)
        {
            return null;
        }

        OutlierSettings settings = Read(sources, own ?? policy);
        foreach (MeshRecord source in sources)
        {
            source.Done();
        }

        if (settings is { SplitExternalLocalOriginErrors: false, ConsecutiveLocalOriginFailures: > 0 })
        {
            sources[0].ReportHere(FindingCodes.MeshContradiction, "consecutiveLocalOriginFailures needs splitExternalLocalOriginErrors: true");
        }

        return settings;
    }

    private static OutlierSettings Read(List<MeshRecord> sources, MeshRecord place)
    {
        int? Integer(int max, params ReadOnlySpan<string> names)
        {
            int? found = null;
            foreach (MeshRecord source in sources)
            {
                foreach (string name in names)
                {
                    int? value = source.Integer(name, 0, max);
                    found ??= value;
                }
            }

            return found;
        }

        TimeSpan? Duration(string name)
        {
            TimeSpan? found = null;
            foreach (MeshRecord source in sources)
            {
                TimeSpan? value = source.Duration(name);
                found ??= value;
            }

            return found;
        }

        bool? split = null;
        List<string> codes = [];
        foreach (MeshRecord source in sources)
        {
            bool? value = source.Boolean("splitExternalLocalOriginErrors");
            split ??= value;
            IReadOnlyList<string> written = source.Names("outlierDetectionHttpErrorCodes");
            codes = codes.Count == 0 ? [.. written] : codes;
            Tell(source);
        }

        return new OutlierSettings
        {
            Span = place.Span,
            Consecutive5xxErrors = Integer(int.MaxValue, "consecutive5xxErrors", "consecutiveServerErrors"),
            ConsecutiveGatewayErrors = Integer(int.MaxValue, "consecutiveGatewayErrors", "consecutiveGatewayFailure", "consecutiveErrors"),
            ConsecutiveLocalOriginFailures = Integer(int.MaxValue, "consecutiveLocalOriginFailures", "consecutiveLocalOriginFailure"),
            SplitExternalLocalOriginErrors = split ?? false,
            Interval = Duration("interval"),
            BaseEjectionTime = Duration("baseEjectionTime"),
            MaxEjectionPercent = Integer(100, "maxEjectionPercent"),
            MinHealthPercent = Integer(100, "minHealthPercent"),
            HttpErrorCodes = codes,
            MaxEjectionTime = Duration("maxEjectionTime"),
            EnforcingConsecutive5xx = Integer(100, "enforcingConsecutive5xxErrors", "enforcingConsecutive5xx"),
            EnforcingConsecutiveGatewayErrors = Integer(100, "enforcingConsecutiveGatewayErrors", "enforcingConsecutiveGatewayFailure"),
            EnforcingConsecutiveLocalOriginFailures = Integer(100, "enforcingConsecutiveLocalOriginFailure", "enforcingConsecutiveLocalOriginFailures"),
            EnforcingSuccessRate = Integer(100, "enforcingSuccessRate"),
            EnforcingLocalOriginSuccessRate = Integer(100, "enforcingLocalOriginSuccessRate"),
            SuccessRateMinimumHosts = Integer(int.MaxValue, "successRateMinimumHosts"),
            SuccessRateRequestVolume = Integer(int.MaxValue, "successRateRequestVolume"),
            SuccessRateStdevFactor = Factor(sources),
            EnforcingFailurePercentage = Integer(100, "enforcingFailurePercentage"),
            EnforcingFailurePercentageLocalOrigin = Integer(100, "enforcingFailurePercentageLocalOrigin"),
            FailurePercentageThreshold = Integer(100, "failurePercentageThreshold"),
            FailurePercentageMinimumHosts = Integer(int.MaxValue, "failurePercentageMinimumHosts"),
            FailurePercentageRequestVolume = Integer(int.MaxValue, "failurePercentageRequestVolume"),
            HalfOpenProbes = Integer(1000, "halfOpenProbes"),
        };
    }

    // Envoy's unit is a thousandth; a value below 100 can only be meant as the factor itself.
    private static double? Factor(List<MeshRecord> sources)
    {
        double? found = null;
        foreach (MeshRecord source in sources)
        {
            foreach (string name in (ReadOnlySpan<string>)["successRateStdevFactor", "successRateStasFactor"])
            {
                double? value = source.Number(name, 0, 1_000_000);
                found ??= value;
            }
        }

        return found is >= 100 ? found / 1000 : found;
    }

    private static void Tell(MeshRecord source)
    {
        if (source.Has("consecutiveErrors"))
        {
            source.Report(FindingCodes.ConsecutiveErrors, "consecutiveErrors", "was removed from Istio, which ignores it",
                source.Has("consecutiveGatewayErrors") ? "left out: consecutiveGatewayErrors is set" : "read as consecutiveGatewayErrors; consecutive5xxErrors keeps its default of 5 unless it is set",
                "write consecutiveGatewayErrors or consecutive5xxErrors");
        }

        if (source.Has("consecutiveServerErrors"))
        {
            source.Report(FindingCodes.ConsecutiveErrors, "consecutiveServerErrors", "is no field of Istio",
                source.Has("consecutive5xxErrors") ? "left out: consecutive5xxErrors is set" : "read as consecutive5xxErrors", "write consecutive5xxErrors");
        }

        foreach (string name in OfEnvoy)
        {
            if (!source.Has(name))
            {
                continue;
            }

            if (name == "successRateStasFactor")
            {
                source.Report(FindingCodes.StdevFactor, name, "is neither Istio's nor Envoy's, whose field is success_rate_stdev_factor in thousandths",
                    "read as the factor of the standard deviation; below 100 as the factor itself", "write successRateStdevFactor");
            }
            else
            {
                source.Report(FindingCodes.NativeOutlierField, name, "is a field of Envoy's detector that Istio does not have", "honoured by the edge's own detector");
            }
        }

        if (source.Has("halfOpenProbes"))
        {
            source.Report(FindingCodes.EdgeField, "halfOpenProbes", "is a field of the edge alone; Istio refuses it");
        }
    }

    private static MeshRecord LowerFirst(MeshRecord record)
    {
        if (!record.Map.Entries.Any(static entry => entry.Key.Length > 0 && char.IsAsciiLetterUpper(entry.Key[0])))
        {
            return record;
        }

        YamlMapping lowered = new(record.Span);
        foreach (YamlEntry entry in record.Map.Distinct)
        {
            string name = entry.Key.Length == 0 ? "" : char.ToLowerInvariant(entry.Key[0]) + entry.Key[1..];
            if (name != entry.Key)
            {
                bool taken = record.Map.Find(name) is not null;
                record.ReportKey(FindingCodes.FieldCase, entry.Key, $"field names begin with a small letter: '{name}'",
                    taken ? $"left out: '{name}' is set" : $"read as '{name}'");
                if (taken)
                {
                    continue;
                }
            }

            lowered.Add(entry with { Key = name });
        }

        return new MeshRecord(record.Load, lowered, record.Path, record.Namespace);
    }

    private static MeshRecord? Misplaced(MeshRecord http, bool others)
    {
        YamlMapping found = new(http.Span);
        foreach (string name in UnderHttp)
        {
            if (http.Entry(name) is not { } entry)
            {
                continue;
            }

            http.ReportKey(FindingCodes.OutlierFieldInHttp, name, "is a field of outlierDetection, Istio does not know it here",
                others ? "taken where outlierDetection does not set it" : "read as part of outlierDetection", "move it into outlierDetection");
            found.Add(entry with { Key = name });
        }

        return found.Entries.Count == 0 ? null : new MeshRecord(http.Load, found, http.Path, http.Namespace);
    }
}
