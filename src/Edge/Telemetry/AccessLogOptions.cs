namespace VoltageSoda.Edge.Telemetry;

/// <summary>Settings of one access log.</summary>
public sealed class AccessLogOptions
{
    /// <summary>Path of the file; <c>/dev/stdout</c> and <c>/dev/stderr</c> are the inherited handles. (<c>off</c> means: make no log.)</summary>
    public required string Path { get; init; }

    /// <summary>Event loops of the process, at least 1.</summary>
    public required int Loops { get; init; }

    /// <summary>Shape of a line.</summary>
    public AccessLogFormat Format { get; init; } = AccessLogFormat.Combined;

    /// <summary>
    /// Bytes that may wait per loop before lines are dropped, at least 32 KiB: a megabyte is some 8000 lines. Memory is taken as it is used.
    /// </summary>
    public int BufferBytes { get; init; } = 1024 * 1024;

    /// <summary>Identical refusals from one address within a second that get a line of their own; the rest is folded.</summary>
    public int FloodLimit { get; init; } = 100;

    /// <summary>Query parameters whose values are hidden, without case: names of the jwt plugin and common names of keys.</summary>
    public IReadOnlyList<string> SecretQueryParameters { get; init; } =
        ["jwt", "access_token", "token", "apikey", "api_key", "key", "password", "secret", "client_secret", "refresh_token", "id_token", "code"];
}
