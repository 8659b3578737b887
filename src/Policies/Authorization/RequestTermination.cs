using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authorization;

/// <summary>Configuration of one request-termination plugin instance, validated. Defaults are Kong's (P/request-termination/schema.lua).</summary>
public sealed record TerminationOptions
{
    /// <summary>200..599.</summary>
    public int StatusCode { get; init; } = 503;

    /// <summary>Text of a JSON message; null is Kong's for the status, which may be none.</summary>
    public string? Message { get; init; }

    /// <summary>Body sent as it is; null when there is none. An alternative to <see cref="Message"/>.</summary>
    public string? Body { get; init; }

    /// <summary>Content-Type of <see cref="Body"/>; null sends none.</summary>
    public string? ContentType { get; init; }

    /// <summary>Answer with a description of the request.</summary>
    public bool Echo { get; init; }

    /// <summary>Field or query argument without which the plugin does nothing; null: it always answers.</summary>
    public string? Trigger { get; init; }
}

/// <summary>Kong's request-termination plugin: answers instead of the upstream. Immutable, thread-safe, no allocation.</summary>
public sealed class RequestTermination
{
    private readonly byte[]? _trigger;

    public RequestTermination(TerminationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _trigger = options.Trigger is null ? null : Encoding.UTF8.GetBytes(options.Trigger);
        StatusCode = options.StatusCode;
        Echo = options.Echo;
        Message = options.Message ?? Default(options.StatusCode);
        Body = options.Body is { Length: > 0 } body ? KongErrorBody.Raw(body, options.ContentType)
            : Message is { } message ? KongErrorBody.Compact(message)
            : null;
    }

    public int StatusCode { get; }

    /// <summary>Whether the answer describes the request instead of being <see cref="Body"/>.</summary>
    public bool Echo { get; }

    /// <summary>The message, or null.</summary>
    public string? Message { get; }

    /// <summary>Null for an empty answer.</summary>
    public KongErrorBody? Body { get; }

    /// <summary>Whether this request is answered.</summary>
    /// <param name="query">Raw query without the question mark.</param>
    /// <param name="headers">Request fields.</param>
    public bool Answers<THeaders>(ReadOnlySpan<byte> query, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        if (_trigger is null || headers.TryGet(_trigger, out _))
        {
            return true;
        }

        QueryArgs arguments = new(query);
        while (arguments.MoveNext())
        {
            if (PercentCoding.DecodedEquals(arguments.Name, _trigger))
            {
                return true;
            }
        }

        return false;
    }

    private static string? Default(int status) => status switch
    {
        401 => "Unauthorized",
        404 => "Not found",
        405 => "Method not allowed",
        500 => "An unexpected error occurred",
        502 => "Bad Gateway",
        503 => "Service unavailable",
        _ => null,
    };
}
