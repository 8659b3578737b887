using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// An answer made by the gateway: status and prebuilt body. Fields that belong to it (challenge, Location, rate limits, cors) are put into
/// the response head by the step that decides.
/// </summary>
internal readonly struct LocalReply
{
    public LocalReply(int status, KongErrorBody? body, bool negotiatesLikeServer = false)
    {
        Status = status;
        Body = body;
        NegotiatesLikeServer = negotiatesLikeServer;
    }

    /// <summary>0 when there is no reply: the request goes on.</summary>
    public int Status { get; }

    /// <summary>Null for an empty body.</summary>
    public KongErrorBody? Body { get; }

    /// <summary>See <see cref="FailureAnswer"/>.</summary>
    public bool NegotiatesLikeServer { get; }

    public bool IsNone => Status == 0;

    public static LocalReply Continue => default;

    public static LocalReply For(Failure failure) => Replies[(int)failure];

    private static readonly LocalReply[] Replies = BuildReplies();

    private static LocalReply[] BuildReplies()
    {
        LocalReply[] replies = new LocalReply[Enum.GetValues<Failure>().Length];
        for (int i = 0; i < replies.Length; i++)
        {
            ref readonly FailureAnswer row = ref FailureTable.For((Failure)i);
            replies[i] = new LocalReply(
                row.Status, row.Message is null ? null : KongErrorBody.Templated(row.Message), row.NegotiatesLikeServer);
        }

        return replies;
    }
}
