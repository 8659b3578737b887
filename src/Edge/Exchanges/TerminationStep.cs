using VoltageSoda.Edge.Policies.Authorization;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// The very end of step 6: request-termination has the lowest priority (2), so that it answers what everything else has let through, also
/// where there is no service. Stateless; runs on the exchange's loop.
/// </summary>
internal static class TerminationStep
{
    public static LocalReply Decide(Exchange exchange)
    {
        NoAdmissionTrace none = default;
        return Decide(exchange, ref none);
    }

    /// <summary>As the other overload, and tells the decision.</summary>
    public static LocalReply Decide<TTrace>(Exchange exchange, ref TTrace trace)
        where TTrace : struct, IAdmissionTrace
    {
        if (exchange.Plugins.Termination is not { } termination)
        {
            return LocalReply.Continue;
        }

        LocalReply reply = Answer(exchange, termination);
        trace.Decided(AdmissionStep.Termination, in reply);
        return reply;
    }

    /// <summary>Whether the plugin answers this request, which depends on its trigger.</summary>
    public static bool WillAnswer(Exchange exchange)
    {
        HeaderBlockEdits request = new(exchange.Request.Headers);
        return exchange.Plugins.Termination is { } termination && termination.Answers(exchange.QueryWithoutMark, ref request);
    }

    private static LocalReply Answer(Exchange exchange, RequestTermination termination)
    {
        if (!WillAnswer(exchange))
        {
            return LocalReply.Continue;
        }

        KongErrorBody? body = termination.Echo ? KongErrorBody.CompactJson(TerminationEcho.Describe(exchange, termination)) : termination.Body;
        return new LocalReply(termination.StatusCode, body);
    }
}
