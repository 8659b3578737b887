using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Upstream;

/// <content>Choices and reports where a DestinationRule limits the cluster or ejects its endpoints.</content>
internal sealed partial class Cluster
{
    // Envoy's host_selection_retry_max_attempts as Istio sets it.
    private const int RePicks = 5;

    /// <summary>What protects it; null where no DestinationRule speaks of its host.</summary>
    public ClusterGuard? Guard { get; init; }

    /// <summary>Settings of its pools; null for those of the process.</summary>
    public PoolSettings? PoolSettings { get; init; }

    /// <summary>
    /// Picks an endpoint for an attempt on the calling loop: up to five times more where the pick was tried before or is on trial with no
    /// place left; then a tried one is taken, one on trial is not. To be reported exactly once, with the pick's ticket.
    /// </summary>
    public UpstreamPick Choose(int loop, scoped in PickQuery query)
    {
        PickResult pick = Pick(loop, in query);
        if (Guard is null)
        {
            return new UpstreamPick((UpstreamEndpoint?)pick.Endpoint?.Tag, 0);
        }

        CountPanic(pick, loop);
        if (pick.Endpoint is { } endpoint && (query.Tried.IsEmpty || !query.HasTried(endpoint)) && endpoint.Outlier.Breaker.TryEnter(out uint ticket))
        {
            return new UpstreamPick((UpstreamEndpoint)endpoint.Tag!, ticket);
        }

        return pick.Endpoint is { } refused ? ChooseAgain(loop, in query, refused) : NoneHealthy(loop);
    }

    /// <summary>
    /// Takes the one report of an attempt: counts it, and ejects the endpoint when that is due, so that every loop's next choice knows.
    /// On the attempt's loop; lock-free.
    /// </summary>
    /// <param name="endpoint">Whom it was made to.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="ticket">What <see cref="Choose"/> gave.</param>
    /// <param name="loop">The calling loop.</param>
    /// <param name="now">Its <c>NowMilliseconds</c>.</param>
    public void Report(UpstreamEndpoint endpoint, UpstreamOutcome outcome, uint ticket, int loop, long now)
    {
        if (Guard is not { } guard)
        {
            return;
        }

        if (outcome.Kind == OutcomeKind.Reset)
        {
            guard.Stats.Count(ClusterCounter.ReceivedResets, loop);
        }

        if (guard.Detector is { } detector)
        {
            OutlierChange change = detector.Report(endpoint.Policy.Outlier, outcome, now, ticket);
            if (change.Action != OutlierAction.None)
            {
                Apply(endpoint, change);
            }
        }
        else if (ticket != 0)
        {
            endpoint.Policy.Outlier.Breaker.Abandon(ticket);
        }
    }

    /// <summary>
    /// Counts the answer that goes down, the upstream's or the one that stands for its failure; <paramref name="endpoint"/> is the last one
    /// tried, null when none was. On the exchange's loop.
    /// </summary>
    public void CountAnswer(UpstreamEndpoint? endpoint, int status, int loop)
    {
        if (Guard is { } guard)
        {
            guard.Stats.CountAnswer(status, loop);
            endpoint?.Traffic?.Count(status >= 500 ? EndpointCounter.Errors : EndpointCounter.Successes, loop);
        }
    }

    /// <summary>Counts an attempt that is followed by another; <paramref name="status"/> is 0 when it was not answered. On the exchange's loop.</summary>
    public void CountRetried(UpstreamEndpoint endpoint, int status, int loop)
    {
        if (Guard is { } guard)
        {
            endpoint.Traffic?.Count(EndpointCounter.Errors, loop);
            if (status != 0)
            {
                guard.Stats.CountRetried(status, loop);
            }
        }
    }

    /// <summary>Makes an ejection or a return count everywhere, and tells of it. Any thread, lock-free.</summary>
    public void Apply(UpstreamEndpoint endpoint, OutlierChange change)
    {
        if (change.Action is OutlierAction.Ejected or OutlierAction.Returned)
        {
            Agree(endpoint.Policy);
            if (endpoint.Cluster is { } current && current != this)
            {
                current.Agree(endpoint.Policy);
            }
        }

        Guard?.Tell(endpoint, change);
    }

    /// <summary>An active check of the endpoint succeeded: an ejection ends (<c>successful_active_health_check_uneject_host</c>). Any thread.</summary>
    public void Uneject(UpstreamEndpoint endpoint, long now)
    {
        if (Guard?.Detector is { } detector && endpoint.Policy.Health.IsHealthy && detector.Return(endpoint.Policy.Outlier, now))
        {
            Apply(endpoint, OutlierChange.Returned);
        }
    }

    private UpstreamPick ChooseAgain(int loop, scoped in PickQuery query, Endpoint refused)
    {
        ulong random = query.Random;
        for (int again = 0; again < RePicks; again++)
        {
            random = (random + 0x9E37_79B9_7F4A_7C15) * 0xBF58_476D_1CE4_E5B9;
            random ^= random >> 31;
            PickQuery next = new()
            {
                Tried = query.Tried,
                Hash = query.Hash,
                HasKey = query.HasKey,
                Now = query.Now,
                Random = random,
                ExcludedPriorities = query.ExcludedPriorities,
            };
            if (Pick(loop, in next).Endpoint is not { } endpoint)
            {
                return NoneHealthy(loop);
            }

            refused = endpoint;
            if (!query.HasTried(endpoint) && endpoint.Outlier.Breaker.TryEnter(out uint ticket))
            {
                return new UpstreamPick((UpstreamEndpoint)endpoint.Tag!, ticket);
            }
        }

        if (refused.Outlier.Breaker.TryEnter(out uint last))
        {
            return new UpstreamPick((UpstreamEndpoint)refused.Tag!, last);
        }

        // Balancers that hash or count come back to the same one: any other will do before the request is refused.
        EndpointSet endpoints = Endpoints;
        foreach (int index in endpoints.Available)
        {
            Endpoint endpoint = endpoints.Endpoints[index];
            if (endpoint.Outlier.Breaker.TryEnter(out uint ticket))
            {
                return new UpstreamPick((UpstreamEndpoint)endpoint.Tag!, ticket);
            }
        }

        return NoneHealthy(loop);
    }

    // The set may have changed since the pick; a count more or less tells the same.
    private void CountPanic(PickResult pick, int loop)
    {
        EndpointSet endpoints = Endpoints;
        if (endpoints.IsPanicking && (uint)pick.Index < (uint)endpoints.Endpoints.Length && endpoints.IsInPanic(pick.Index))
        {
            Guard!.Stats.Count(ClusterCounter.Panics, loop);
        }
    }

    private UpstreamPick NoneHealthy(int loop)
    {
        Guard?.Stats.Count(ClusterCounter.NoneHealthy, loop);
        return default;
    }
}
