using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>fault</c> of a rule (<c>pkg/config/validation/validation.go</c>, validateHTTPFaultInjection).</summary>
internal static class FaultReader
{
    private static readonly string[] GrpcNames =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    /// <summary>Reads it; null when absent.</summary>
    public static FaultSettings? Read(MeshRecord parent)
    {
        if (parent.Record("fault") is not { } record)
        {
            return null;
        }

        FaultSettings fault = new(
            record.Record("delay") is { } delay ? Delay(delay) : null, record.Record("abort") is { } abort ? Abort(abort) : null, record.Span);
        record.Done();
        if (!record.Has("delay") && !record.Has("abort"))
        {
            record.ReportHere(FindingCodes.MeshRequired, "delay or abort is required");
        }

        return fault;
    }

    /// <summary>A share: <c>percentage.value</c>; null when absent.</summary>
    public static double? Percentage(MeshRecord record, string field)
    {
        if (record.Record(field) is not { } percentage)
        {
            return null;
        }

        double? value = percentage.Number("value", 0, 100);
        if (value is > 0 and < 0.0001)
        {
            percentage.Report(FindingCodes.MeshOutOfRange, "value", "must be 0 or at least 0.0001");
        }

        percentage.Done();
        return value ?? 0;
    }

    private static void Deprecated(MeshRecord record)
    {
        if (record.Has("percent"))
        {
            record.ReportKey(FindingCodes.DeprecatedField, "percent", "is deprecated", record.Has("percentage") ? "left out: percentage is set" : "honoured", "use percentage: {value: …}");
        }
    }

    private static FaultDelay? Delay(MeshRecord record)
    {
        record.OneOf("fixedDelay", "exponentialDelay");
        Deprecated(record);
        double? percent = Percentage(record, "percentage") ?? record.Integer("percent", 0, 100);
        TimeSpan? fixedDelay = record.Duration("fixedDelay", zero: true);
        if (record.Has("exponentialDelay"))
        {
            record.ReportKey(FindingCodes.MeshNotAllowed, "exponentialDelay", "is not supported, in Istio as here", hint: "use fixedDelay");
        }
        else if (!record.Has("fixedDelay"))
        {
            record.ReportHere(FindingCodes.MeshRequired, "fixedDelay is required");
        }

        record.Done();
        Never(record, percent, "delayed");
        return fixedDelay is { } duration ? new FaultDelay(percent ?? 0, duration, record.Span) : null;
    }

    private static FaultAbort? Abort(MeshRecord record)
    {
        record.OneOf("httpStatus", "grpcStatus", "http2Error");
        double? percent = Percentage(record, "percentage") ?? record.Integer("percent", 0, 100);
        int? http = record.Integer("httpStatus", 200, 599);
        int? grpc = null;
        if (record.Text("grpcStatus") is { } name)
        {
            int code = Array.IndexOf(GrpcNames, name);
            if (code < 0)
            {
                string? nearest = NearestName.Find(name, GrpcNames);
                record.Report(FindingCodes.MeshNotAllowed, "grpcStatus", $"'{name}' is no gRPC status", hint: nearest is null ? null : $"did you mean '{nearest}'?");
            }
            else
            {
                grpc = code;
            }
        }

        if (record.Has("http2Error"))
        {
            record.ReportKey(FindingCodes.MeshNotAllowed, "http2Error", "is not supported, in Istio as here", hint: "use httpStatus");
        }

        record.Done();
        if (!record.Has("httpStatus") && !record.Has("grpcStatus") && !record.Has("http2Error"))
        {
            record.ReportHere(FindingCodes.AbortWithoutStatus, "neither httpStatus nor grpcStatus is set", "nothing is aborted");
            return null;
        }

        Never(record, percent, "aborted");
        return http is null && grpc is null ? null : new FaultAbort(percent ?? 0, http, grpc, record.Span);
    }

    // Envoy's default of an absent percentage is none of the requests, whatever the comment in Istio's API says.
    private static void Never(MeshRecord record, double? percent, string what)
    {
        if (percent is null)
        {
            record.ReportHere(FindingCodes.FaultWithoutShare, $"without a percentage no request is {what}", hint: "write percentage: {value: 100}");
        }
    }
}
