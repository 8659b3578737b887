using VoltageSoda.Edge.Exchanges;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>Keeps what admission decided, step by step.</summary>
internal readonly struct AdmissionRecord() : IAdmissionTrace
{
    private readonly List<(AdmissionStep Step, LocalReply Reply)> _decisions = [];

    /// <summary>The step that answered, or null.</summary>
    public AdmissionStep? AnsweredBy => _decisions.Count != 0 && !_decisions[^1].Reply.IsNone ? _decisions[^1].Step : null;

    public void Decided(AdmissionStep step, in LocalReply reply) => _decisions.Add((step, reply));

    /// <summary>What a step decided; null when it was not taken.</summary>
    public LocalReply? Of(AdmissionStep step)
    {
        foreach ((AdmissionStep taken, LocalReply reply) in _decisions)
        {
            if (taken == step)
            {
                return reply;
            }
        }

        return null;
    }
}
