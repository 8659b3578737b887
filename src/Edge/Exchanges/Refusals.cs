using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>The answer of a Kong listener to each <see cref="WireError"/>: Kong's server-layer texts, and its 494 for a head too large.</summary>
internal static class Refusals
{
    private static readonly LocalReply[] Replies = Build();

    public static LocalReply For(WireError error) => Replies[(int)error];

    /// <summary>Status of a Kong listener for an error.</summary>
    public static int StatusOf(WireError error)
    {
        int status = error.Status();
        return status == 431 ? 494 : status;
    }

    private static LocalReply[] Build()
    {
        WireError[] errors = Enum.GetValues<WireError>();
        LocalReply[] replies = new LocalReply[errors.Length];
        foreach (WireError error in errors)
        {
            int status = StatusOf(error);
            replies[(int)error] = new LocalReply(status, status == 0 ? null : KongErrors.ForStatus(status), negotiatesLikeServer: true);
        }

        return replies;
    }
}
