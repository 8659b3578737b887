using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VoltageSoda.Edge.TestKit;

/// <summary>A name server on 127.0.0.1 that answers from a table over UDP and TCP. What is not in the table does not exist.</summary>
public sealed class FakeDnsServer : IAsyncDisposable
{
    /// <summary>Record type: an IPv4 address.</summary>
    public const int A = 1;
    /// <summary>Record type: another name.</summary>
    public const int Cname = 5;
    /// <summary>Record type: an IPv6 address.</summary>
    public const int Aaaa = 28;
    /// <summary>Record type: a service.</summary>
    public const int Srv = 33;

    private const int NoSuchName = 3;

    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<(string Name, int Type), Reply> _table = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly Task _serving;

    /// <summary>Binds a free port and serves.</summary>
    public FakeDnsServer()
    {
        // The port that UDP was given may be taken for TCP by somebody else: then another is tried.
        while (true)
        {
            _udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
            try
            {
                _tcp.Bind(EndPoint);
                break;
            }
            catch (SocketException)
            {
                _udp.Dispose();
                _udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            }
        }

        _tcp.Listen();
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    /// <summary>Where it listens, over both transports.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Every question so far, as <c>transport type name</c>.</summary>
    public string[] Asked => [.. _asked];

    /// <summary>Answers a question with these records.</summary>
    public void Set(string name, int type, params Record[] records) => _table[(name, type)] = new Reply(0, records, []);

    /// <summary>The same with additional records.</summary>
    public void SetWithExtras(string name, int type, Record[] records, Record[] extras) => _table[(name, type)] = new Reply(0, records, extras);

    /// <summary>Answers a question with a code alone.</summary>
    public void SetCode(string name, int type, int code) => _table[(name, type)] = new Reply(code, [], []);

    /// <summary>Leaves a question without an answer.</summary>
    public void SetSilent(string name, int type) => _table[(name, type)] = new Reply(0, [], []) { IsSilent = true };

    /// <summary>Answers a question with bytes that are no message.</summary>
    public void SetGarbage(string name, int type) => _table[(name, type)] = new Reply(0, [], []) { IsGarbage = true };

    /// <summary>Over UDP the answer is empty and marked truncated; TCP gives it whole.</summary>
    public void SetTruncated(string name, int type, params Record[] records) =>
        _table[(name, type)] = new Reply(0, records, []) { IsTruncated = true };

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        byte[] buffer = new byte[4096];
        EndPoint anyone = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await _udp.ReceiveFromAsync(buffer, anyone, _stop.Token);
                if (Answer(buffer.AsSpan(0, received.ReceivedBytes), isTcp: false) is { } answer)
                {
                    await _udp.SendToAsync(answer, received.RemoteEndPoint, _stop.Token);
                }
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using Socket connection = await _tcp.AcceptAsync(_stop.Token);
                using NetworkStream stream = new(connection);
                byte[] length = new byte[2];
                await stream.ReadExactlyAsync(length, _stop.Token);
                byte[] question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(question, _stop.Token);
                byte[] answer = Answer(question, isTcp: true) ?? [];
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync((byte[])[.. length, .. answer], _stop.Token);
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
        }
    }

    private byte[]? Answer(ReadOnlySpan<byte> message, bool isTcp)
    {
        int end = 12;
        string name = ReadName(message, ref end);
        int type = BinaryPrimitives.ReadUInt16BigEndian(message[end..]);
        _asked.Enqueue($"{(isTcp ? "tcp" : "udp")} {type} {name}");
        if (!_table.TryGetValue((name, type), out Reply? reply))
        {
            reply = new Reply(_table.Keys.Any(key => key.Name == name) ? 0 : NoSuchName, [], []);
        }

        return reply switch
        {
            { IsSilent: true } => null,
            { IsGarbage: true } => [.. message[..2], 0x81, 0x80, 0, 1, 0, 9, 0, 0, 0, 0, 0xff],
            { IsTruncated: true } when !isTcp => Write(message[..(end + 4)], reply with { Records = [] }, flags: 0x8380),
            _ => Write(message[..(end + 4)], reply, flags: 0x8180),
        };
    }

    private static byte[] Write(ReadOnlySpan<byte> question, Reply reply, int flags)
    {
        List<byte> bytes = [.. question];
        Put(bytes, 2, flags | reply.Code);
        Put(bytes, 4, 1);
        Put(bytes, 6, reply.Records.Length);
        Put(bytes, 8, 0);
        Put(bytes, 10, reply.Extras.Length);
        foreach (Record record in (Record[])[.. reply.Records, .. reply.Extras])
        {
            bytes.AddRange(record.Encode());
        }

        return [.. bytes];
    }

    private static void Put(List<byte> bytes, int at, int value)
    {
        bytes[at] = (byte)(value >> 8);
        bytes[at + 1] = (byte)value;
    }

    private static string ReadName(ReadOnlySpan<byte> message, ref int at)
    {
        StringBuilder name = new();
        while (message[at] != 0)
        {
            name.Append(name.Length == 0 ? "" : ".").Append(Encoding.ASCII.GetString(message.Slice(at + 1, message[at])));
            at += 1 + message[at];
        }

        at++;
        return name.ToString();
    }

    private sealed record Reply(int Code, Record[] Records, Record[] Extras)
    {
        public bool IsSilent { get; init; }

        public bool IsGarbage { get; init; }

        public bool IsTruncated { get; init; }
    }

    /// <summary>One resource record.</summary>
    /// <param name="Name">Whose it is.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="Ttl">Seconds it holds.</param>
    /// <param name="Data">What it says, encoded.</param>
    public sealed record Record(string Name, int Type, uint Ttl, byte[] Data)
    {
        /// <summary>An address, of the type that it has.</summary>
        public static Record Address(string name, string address, uint ttl)
        {
            IPAddress parsed = IPAddress.Parse(address);
            return new(name, parsed.AddressFamily == AddressFamily.InterNetwork ? A : Aaaa, ttl, parsed.GetAddressBytes());
        }

        /// <summary>Another name for a name.</summary>
        public static Record Alias(string name, string target, uint ttl) => new(name, Cname, ttl, EncodeName(target));

        /// <summary>Where a service is.</summary>
        public static Record Service(string name, int priority, int weight, int port, string host, uint ttl) => new(
            name,
            Srv,
            ttl,
            [(byte)(priority >> 8), (byte)priority, (byte)(weight >> 8), (byte)weight, (byte)(port >> 8), (byte)port, .. EncodeName(host)]);

        /// <summary>The record as it stands on the wire.</summary>
        public byte[] Encode() =>
        [
            .. EncodeName(Name),
            (byte)(Type >> 8), (byte)Type, 0, 1,
            (byte)(Ttl >> 24), (byte)(Ttl >> 16), (byte)(Ttl >> 8), (byte)Ttl,
            (byte)(Data.Length >> 8), (byte)Data.Length,
            .. Data,
        ];

        private static byte[] EncodeName(string name)
        {
            List<byte> bytes = [];
            foreach (string label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
            {
                bytes.Add((byte)label.Length);
                bytes.AddRange(Encoding.ASCII.GetBytes(label));
            }

            bytes.Add(0);
            return [.. bytes];
        }
    }
}
