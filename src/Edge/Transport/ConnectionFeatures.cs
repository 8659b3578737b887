using System.Buffers;
using System.Collections;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace VoltageSoda.Edge.Transport;

/// <summary>
/// The features of one connection, for stock handlers and middleware: made when they are asked for. As thread-safe as any feature collection,
/// which is not at all.
/// </summary>
internal sealed class ConnectionFeatures(ConnectionContext connection) : IFeatureCollection, IConnectionIdFeature, IConnectionEndPointFeature,
    IConnectionLifetimeFeature, IConnectionTransportFeature, IConnectionItemsFeature, IMemoryPoolFeature
{
    private static readonly Type[] Ours =
    [
        typeof(IConnectionIdFeature), typeof(IConnectionEndPointFeature), typeof(IConnectionLifetimeFeature),
        typeof(IConnectionTransportFeature), typeof(IConnectionItemsFeature), typeof(IMemoryPoolFeature),
    ];

    private Dictionary<Type, object>? _own;

    public bool IsReadOnly => false;

    public int Revision { get; private set; }

    public string ConnectionId
    {
        get => connection.ConnectionId;
        set => connection.ConnectionId = value;
    }

    public EndPoint? LocalEndPoint
    {
        get => connection.LocalEndPoint;
        set => connection.LocalEndPoint = value;
    }

    public EndPoint? RemoteEndPoint
    {
        get => connection.RemoteEndPoint;
        set => connection.RemoteEndPoint = value;
    }

    public CancellationToken ConnectionClosed
    {
        get => connection.ConnectionClosed;
        set => connection.ConnectionClosed = value;
    }

    public IDuplexPipe Transport
    {
        get => connection.Transport;
        set => connection.Transport = value;
    }

    public IDictionary<object, object?> Items
    {
        get => connection.Items;
        set => connection.Items = value;
    }

    public MemoryPool<byte> MemoryPool => MemoryPool<byte>.Shared;

    public object? this[Type key]
    {
        get => _own is not null && _own.TryGetValue(key, out object? own) ? own : Array.IndexOf(Ours, key) >= 0 ? this : null;
        set
        {
            Revision++;
            if (value is null)
            {
                _own?.Remove(key);
            }
            else
            {
                (_own ??= [])[key] = value;
            }
        }
    }

    public void Abort() => connection.Abort();

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator()
    {
        foreach (Type type in Ours)
        {
            if (_own?.ContainsKey(type) != true)
            {
                yield return new KeyValuePair<Type, object>(type, this);
            }
        }

        foreach (KeyValuePair<Type, object> own in _own ?? [])
        {
            yield return own;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
