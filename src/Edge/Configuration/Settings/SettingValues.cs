using System.Net;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>Which transport carries the data plane.</summary>
public enum TransportChoice
{
    /// <summary>The best that works here.</summary>
    Auto,

    /// <summary>Our epoll loop, with the calls of a turn batched through io_uring.</summary>
    Uring,

    /// <summary>Our epoll loop.</summary>
    Epoll,

    /// <summary>The platform's sockets.</summary>
    Sockets,
}

/// <summary>What happens to escaped slashes in a path.</summary>
public enum EscapedSlashes
{
    /// <summary>Stay as they are.</summary>
    Keep,

    /// <summary>400.</summary>
    Reject,

    /// <summary>Redirect to the unescaped form.</summary>
    Redirect,
}

/// <summary>What happens to field names with an underscore.</summary>
public enum UnderscoreHeaders
{
    /// <summary>Forwarded.</summary>
    Allow,

    /// <summary>The field is dropped.</summary>
    Drop,

    /// <summary>400.</summary>
    Reject,
}

/// <summary>What a limiter does while Redis is unreachable and fault_tolerant is true.</summary>
public enum RedisFallback
{
    /// <summary>Lets requests through.</summary>
    Off,

    /// <summary>Counts in this process.</summary>
    Local,
}

/// <summary>How log lines look.</summary>
public enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>Kong's log levels.</summary>
public enum KongLogLevel
{
    /// <summary>debug.</summary>
    Debug,

    /// <summary>info.</summary>
    Info,

    /// <summary>notice.</summary>
    Notice,

    /// <summary>warn.</summary>
    Warn,

    /// <summary>error.</summary>
    Error,

    /// <summary>crit.</summary>
    Crit,

    /// <summary>alert.</summary>
    Alert,

    /// <summary>emerg.</summary>
    Emerg,
}

/// <summary>Order of Istio routes.</summary>
public enum IstioRouteOrder
{
    /// <summary>As written.</summary>
    FirstMatch,

    /// <summary>More specific first.</summary>
    Specificity,
}

/// <summary>Addresses that may say who the client is.</summary>
/// <param name="Networks">CIDR blocks; single addresses are /32 or /128.</param>
/// <param name="UnixSockets">True when connections over Unix sockets are trusted.</param>
public sealed record TrustedAddresses(IReadOnlyList<IPNetwork> Networks, bool UnixSockets)
{
    /// <summary>Nobody is trusted.</summary>
    public static readonly TrustedAddresses None = new([], false);

    /// <summary>True when anybody is trusted.</summary>
    public bool Any => Networks.Count > 0 || UnixSockets;

    /// <summary>True when the address is in a block; IPv4-mapped IPv6 counts as IPv4.</summary>
    public bool Contains(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        for (int i = 0; i < Networks.Count; i++)
        {
            if (Networks[i].Contains(plain))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>How sure a value is: where it came from.</summary>
public enum SettingOriginKind
{
    /// <summary>Not given anywhere.</summary>
    Default,

    /// <summary>A settings file.</summary>
    File,

    /// <summary>A variable.</summary>
    Environment,

    /// <summary>The file that <c>NAME_FILE</c> names.</summary>
    SecretFile,

    /// <summary>The command line.</summary>
    CommandLine,
}

/// <summary>Where a value came from.</summary>
/// <param name="Kind">Which layer.</param>
/// <param name="Name">Variable, option or file that gave it.</param>
/// <param name="Text">As given, masked for secrets.</param>
public sealed record SettingOrigin(SettingOriginKind Kind, string Name, string Text);

/// <summary>One line of the effective settings.</summary>
/// <param name="Setting">The row.</param>
/// <param name="Origin">Its effective value as text, masked for secrets, and where it came from.</param>
public sealed record SettingLine(Setting Setting, SettingOrigin Origin);
