using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Takes one exchange through its steps, from Pin to Settle. The order is written here and nowhere else. Stateless; everything runs on the
/// exchange's loop, and Settle runs exactly once on every path.
/// </summary>
internal static class ExchangeRunner
{
    /// <summary>Serves a request whose head is complete. The exchange's <see cref="Exchange.KeepAlive"/> says whether its connection lives on.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask RunAsync(Exchange exchange)
    {
        try
        {
            Pin(exchange);
            LocalReply reply = Match(exchange);
            TraceStep.Begin(exchange, matched: reply.IsNone);
            if (reply.IsNone)
            {
                reply = Admission.Admit(exchange);
            }

            if (reply.IsNone && exchange.AwaitsKey)
            {
                reply = await BodyCollector.CollectKeyAsync(exchange);
            }

            if (reply.IsNone && exchange.MeasureBody)
            {
                reply = await BodyCollector.CollectAsync(exchange);
            }

            if (reply.IsNone && QuotaStep.IsNeeded(exchange))
            {
                reply = await QuotaStep.DecideAsync(exchange);
            }

            if (reply.IsNone && BodyCollector.IsNeeded(exchange))
            {
                reply = await BodyCollector.CollectAsync(exchange);
            }

            if (reply.IsNone && exchange.Plugins.Termination is not null)
            {
                reply = TerminationStep.Decide(exchange);
            }

            if (reply.IsNone)
            {
                reply = Preparation.Prepare(exchange);
            }

            if (reply.IsNone)
            {
                Failure failure = await AttemptRunner.RunAsync(exchange);
                if (failure == Failure.None)
                {
                    await Responder.RespondAsync(exchange);
                }
                else
                {
                    exchange.Failure = failure;
                    await FailAsync(exchange, failure);
                }
            }
            else
            {
                await Responder.ReplyAsync(exchange, reply);
            }
        }
        catch (Exception exception)
        {
            // The outermost frame of an exchange: what no branch foresaw ends this exchange only.
            exchange.Failure = Failure.Internal;
            exchange.Interrupted = Failure.Internal;
            exchange.KeepAlive = false;
            exchange.Worker.Crashed(exchange, exception);
            await Responder.GiveUpAsync(exchange);
        }
        finally
        {
            // The relay still writes to the leased connection: it ends before the lease does.
            await AttemptSteps.EndSendingAsync(exchange);
            AttemptSteps.ReturnLease(exchange, reusable: false);
            Settlement.Settle(exchange);
        }
    }

    /// <summary>Answers a request whose head was refused; the connection closes afterwards unless the error keeps it.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask RefuseAsync(Exchange exchange, WireError error)
    {
        exchange.WireError = error;
        exchange.Failure = Failure.DownstreamInvalid;
        Pin(exchange);
        exchange.Plugins = exchange.Snapshot.GlobalPlugins;
        try
        {
            TraceStep.Begin(exchange, matched: false);
            await Responder.ReplyAsync(exchange, Refusals.For(error));
        }
        finally
        {
            Settlement.Settle(exchange);
        }
    }

    /// <summary>Step 4.</summary>
    public static void Pin(Exchange exchange)
    {
        EdgeWorker worker = exchange.Worker;
        exchange.Snapshot = worker.Snapshots.Current;
        exchange.Options = exchange.Snapshot.Options;
        exchange.UnixMilliseconds = worker.UnixMilliseconds;
        exchange.StartedUnixMilliseconds = exchange.UnixMilliseconds - (worker.Loop.NowMilliseconds - exchange.StartedAt);
        worker.RequestIds.Write(exchange.RequestId);
        worker.Metrics.RequestStarted();
    }

    /// <summary>Step 5; the reply is empty when a route was found.</summary>
    public static LocalReply Match(Exchange exchange)
    {
        EdgeSnapshot snapshot = exchange.Snapshot;
        RequestHead request = exchange.Request;
        HeaderBlockEdits headers = new(request.Headers);
        exchange.Client = snapshot.ForwardedFields.Resolve(exchange.Connection, ref headers);
        exchange.Plugins = snapshot.GlobalPlugins;

        if (exchange.Worker.State.Pressure >= MemoryPressure.Refuse)
        {
            return Fail(exchange, Failure.OverMemory);
        }

        if (Hops.Exceeded(exchange))
        {
            return Fail(exchange, Failure.Loop);
        }

        if (snapshot.Options.MaxRequestBody is > 0 and long limit && request.Framing.Length > limit)
        {
            return Refuse(exchange, WireError.BodyTooLarge);
        }

        WireError error = exchange.Canonicalise(snapshot.Options.MergeSlashes, snapshot.Options.EscapedSlashes, out bool redirect);
        if (error != WireError.None)
        {
            return Refuse(exchange, error);
        }

        if (redirect)
        {
            return Responder.RedirectToCanonical(exchange);
        }

        Policies.Routing.RouteQuery query = QueryOf(exchange);
        if (!snapshot.Routes.Match(in query, ref headers, ref exchange.Match))
        {
            if (request.IsAsterisk)
            {
                return Responder.OptionsAsterisk(exchange);
            }

            return Fail(exchange, Failure.NoRoute);
        }

        RoutePlan route = exchange.Match.Route!;
        exchange.Route = route;
        exchange.Plugins = route.Plugins.For(null);

        // Before any policy adds a field, so that a client's Connection: X-Consumer-ID strips its own copy and not ours.
        HopByHopFields.Strip(request.Headers);
        return LocalReply.Continue;
    }

    private static LocalReply Refuse(Exchange exchange, WireError error)
    {
        exchange.WireError = error;
        exchange.Failure = Failure.DownstreamInvalid;
        return Refusals.For(error);
    }

    /// <summary>What the router looks at; borrowed from the exchange, whose path is canonical by then.</summary>
    public static Policies.Routing.RouteQuery QueryOf(Exchange exchange) => new()
    {
        Method = exchange.Request.MethodBytes,
        Host = exchange.Request.Authority,
        Path = exchange.Path,
        IsTls = exchange.Connection.IsTls,
        ServerName = exchange.Connection.Tls is { } tls ? tls.ServerName.Span : default,
        DefaultPort = exchange.Connection.ListenerPort,
    };

    private static LocalReply Fail(Exchange exchange, Failure failure)
    {
        exchange.Failure = failure;
        return LocalReply.For(failure);
    }

    private static ValueTask FailAsync(Exchange exchange, Failure failure)
    {
        ref readonly FailureAnswer row = ref FailureTable.For(failure);
        if (row.Message is null || exchange.ResponseStarted)
        {
            exchange.Status = row.Status;
            exchange.KeepAlive = false;
            return default;
        }

        // Nothing of a head that an upstream sent belongs to our own answer.
        exchange.Response.Reset();
        if (failure == Failure.DownstreamInvalid)
        {
            return Responder.ReplyAsync(exchange, Refusals.For(exchange.WireError));
        }

        return Responder.ReplyAsync(exchange, LocalReply.For(failure));
    }
}
