using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges;

// What authentication and correlation change of the request before it is prepared for the upstream.
internal sealed partial class Exchange
{
    private byte[] _query = [];
    private int _queryLength;
    private bool _queryIsEdited;
    private byte[] _correlation = new byte[CorrelationIds.MaxLength];
    private int _correlationLength;

    /// <summary>key-auth needs the body before it can say anything.</summary>
    public bool AwaitsKey { get; set; }

    /// <summary>The query with its question mark, or empty: as received, or without what authentication has taken out of it.</summary>
    public ReadOnlySpan<byte> Query => _queryIsEdited ? _query.AsSpan(0, _queryLength) : Request.Query;

    public bool HasQuery => _queryIsEdited ? _queryLength > 0 : Request.HasQuery;

    public ReadOnlySpan<byte> QueryWithoutMark => HasQuery ? Query[1..] : default;

    /// <summary>The id of correlation-id; empty when it has not acted.</summary>
    public ReadOnlySpan<byte> CorrelationValue => _correlation.AsSpan(0, _correlationLength);

    /// <summary>Takes the arguments of a name out of the query.</summary>
    public void RemoveArgument(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> before = QueryWithoutMark;
        if (before.IsEmpty)
        {
            return;
        }

        byte[] edited = _query.Length > before.Length && !_queryIsEdited ? _query : new byte[BitRound(before.Length + 1)];
        edited[0] = (byte)'?';
        int written = Policies.Authentication.KeyAuth.WriteQueryWithout(before, name, edited.AsSpan(1));
        _query = edited;
        _queryLength = written == 0 ? 0 : written + 1;
        _queryIsEdited = true;
    }

    /// <summary>Takes the request's id from the client, or makes one up when it has none or cannot be trusted to be well-formed.</summary>
    public void Correlate(CorrelationId policy, bool trustsRequest)
    {
        int index = trustsRequest ? Request.Headers.IndexOf(policy.HeaderName) : -1;
        ReadOnlySpan<byte> given = index < 0 ? default : Request.Headers.Value(index);
        if (given.IsEmpty)
        {
            _correlationLength = Worker.CorrelationIds.Write(policy.Generator, this, _correlation);
            return;
        }

        if (given.Length > _correlation.Length)
        {
            _correlation = new byte[BitRound(given.Length)];
        }

        given.CopyTo(_correlation);
        _correlationLength = given.Length;
    }
}
