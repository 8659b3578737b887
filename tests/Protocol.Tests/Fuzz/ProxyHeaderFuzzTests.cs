using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.ProxyProtocol;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Fuzz;

/// <summary>Damaged PROXY headers: no throw, no dependence on cuts, and never more consumed than the limit allows.</summary>
public sealed class ProxyHeaderFuzzTests
{
    [Fact]
    public void Read_DamagedHeaders_HaveOneMeaning()
    {
        int understood = 0;
        int refused = 0;
        long inputs = FuzzRun.Inputs(10);
        for (long index = 0; index < inputs; index++)
        {
            FuzzRandom random = FuzzRun.Random("proxy", index);
            string text = FuzzInputs.ProxyHeader(ref random);
            byte[] bytes = Octets.Of(text);
            int[] cuts = FuzzInputs.Cuts(bytes.Length, ref random);
            try
            {
                (ParseResult result, ProxyHeader header, long consumed) = Read(new ReadOnlySequence<byte>(bytes));
                Assert.Equal((result, header, consumed), Read(Octets.Segments(bytes, cuts)));
                Assert.InRange(consumed, 0, ProxyHeaderReader.MaxLength);

                // A verdict that fell on a part of the input stands for the whole of it.
                foreach (int cut in cuts)
                {
                    (ParseResult Result, ProxyHeader Header, long Consumed) early = Read(new ReadOnlySequence<byte>(bytes, 0, cut));
                    Assert.True(early.Result == ParseResult.Incomplete || early == (result, header, consumed), $"verdict after {cut} bytes");
                }

                understood += result == ParseResult.Complete ? 1 : 0;
                refused += result == ParseResult.Refused ? 1 : 0;
            }
            catch (Exception exception)
            {
                Assert.Fail($"{FuzzRun.Name("proxy", index, text)}\ncuts {string.Join(',', cuts)}\n{exception}");
            }
        }

        Assert.InRange(understood, inputs / 12, inputs);
        Assert.InRange(refused, inputs / 12, inputs);
    }

    private static (ParseResult Result, ProxyHeader Header, long Consumed) Read(in ReadOnlySequence<byte> input)
    {
        ParseResult result = ProxyHeaderReader.Read(input, out ProxyHeader header, out SequencePosition consumed);
        return (result, header, input.Slice(0, consumed).Length);
    }
}
