using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>The per-request work of cors, the transformers, forwarded fields and the path rewrite, without the header block they edit.</summary>
[MemoryDiagnoser]
public class TransformationBench
{
    private readonly CorsPolicy _cors = new(new CorsOptions
    {
        Origins = ["https://voltage-soda.com", "https://www.voltage-soda.com", "https://*.voltage-soda.com"],
        Credentials = true,
        ExposedHeaders = ["X-Auth-Token"],
    });

    private readonly RequestTransform _request = new(new RequestTransformOptions
    {
        Headers = new EditLists { Remove = ["Server", "X-Kong-Proxy-Latency"], Rename = [new("X-API-Version", "API-Version")] },
    });

    private readonly ResponseTransform _response = new(new ResponseTransformOptions
    {
        Headers = new EditLists
        {
            Remove = ["Server", "X-Kong-Proxy-Latency"],
            Add = [new("X-Powered-By", "Voltage-Soda"), new("Cache-Control", "public, max-age=3600")],
        },
    });

    private readonly ForwardedFields _forwarded = new(new ForwardedOptions());
    private readonly PathRewrite _rewrite = new("/service", stripPath: true);
    private readonly byte[] _target = new byte[256];
    private HeaderFields _head = HeaderFields.Of("Accept: */*", "Origin: https://app.voltage-soda.com", "User-Agent: bench", "Server: origin");
    private HeaderFields _edits = HeaderFields.Of("Content-Type: text/html", "Server: origin", "Content-Length: 1024");
    private ConnectionFacts _connection;

    [GlobalSetup]
    public void Setup()
    {
        ClientAddress.TryParse("192.168.10.20"u8, out ClientAddress peer);
        _connection = new ConnectionFacts { PeerAddress = peer, IsTls = false, ListenerPort = 8000 };
    }

    [Benchmark]
    public int Cors()
    {
        _cors.ApplyResponse("GET"u8, ref _head, ref _edits);
        return _edits.Edits;
    }

    [Benchmark]
    public bool RequestTransformer() => _request.TryEditHeaders(default, ref _head);

    [Benchmark]
    public int ResponseTransformer()
    {
        _response.EditHeaders(ref _edits);
        return _edits.Edits;
    }

    [Benchmark]
    public int Forwarded()
    {
        ResolvedClient client = _forwarded.Resolve(_connection, ref _head);
        ForwardedFacts facts = new() { Connection = _connection, Client = client, Host = "voltage-soda.com"u8, OriginalPath = "/api/v1/users"u8 };
        _forwarded.Apply(facts, ref _edits);
        return _edits.Edits;
    }

    [Benchmark]
    public int Rewrite()
    {
        _rewrite.TryWrite("/api/v1/users/42"u8, 7, _target, out int written);
        return written;
    }
}
