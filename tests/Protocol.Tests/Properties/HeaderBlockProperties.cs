using System.Buffers;
using CsCheck;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Properties;

/// <summary>Any sequence of edits leaves the block as a plain list would be.</summary>
public sealed class HeaderBlockProperties
{
    private static readonly string[] Names = ["Accept", "X-Request-Id", "X-Own", "x-own", "ACCEPT", "Via", "X-Other"];

    [Fact]
    public void Edits_InAnyOrder_MatchAPlainList() => Gen.Select(Gen.Int[0, 6], Gen.OneOf(Names), Gen.Int[0, 200]).List[0, 40].Sample(
        edits =>
        {
            HeaderBlock block = RequestReading.Whole("GET / HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\nAccept: 2\r\nVia:3\r\nx-own: 4\r\n\r\n").Head.Headers;
            List<(string Name, string Value)?> model = [("Host", "a"), ("X-Own", "1"), ("Accept", "2"), ("Via", "3"), ("x-own", "4")];
            foreach ((int edit, string name, int number) in edits)
            {
                Apply(block, model, edit, name, number);
                AssertSame(block, model);
            }
        },
        iter: 500);

    private static void Apply(HeaderBlock block, List<(string Name, string Value)?> model, int edit, string name, int number)
    {
        string value = new('v', number);
        bool IsSame((string Name, string Value)? field) => field is { } live && string.Equals(live.Name, name, StringComparison.OrdinalIgnoreCase);
        int first = model.FindIndex(IsSame);
        KnownHeader known = KnownHeaders.Classify(Octets.Of(name));
        switch (edit)
        {
            case 0:
                block.Add(Octets.Of(name), Octets.Of(value));
                model.Add((name, value));
                break;
            case 1 when known != KnownHeader.None:
                block.Add(known, Octets.Of(value));
                model.Add((Octets.Text(KnownHeaders.Name(known)), value));
                break;
            case 2:
                block.Set(Octets.Of(name), Octets.Of(value));
                if (first < 0)
                {
                    model.Add((name, value));
                }
                else
                {
                    Forget(model, field => IsSame(field));
                    model[first] = (Octets.Text(block.Name(first)), value);
                }

                break;
            case 3:
                Assert.Equal(model.Count(IsSame), block.Remove(Octets.Of(name)));
                Forget(model, field => IsSame(field));
                break;
            case 4:
                int index = number % model.Count;
                block.RemoveAt(index);
                model[index] = null;
                break;
            case 5 when first >= 0:
                block.SetValue(first, block.Value(first)[..Math.Min(2, block.Value(first).Length)]);
                model[first] = (model[first]!.Value.Name, model[first]!.Value.Value[..Math.Min(2, model[first]!.Value.Value.Length)]);
                break;
            case 6 when first >= 0:
                block.AppendValue(first, ", "u8, Octets.Of(value));
                model[first] = (model[first]!.Value.Name, model[first]!.Value.Value + ", " + value);
                break;
        }
    }

    private static void Forget(List<(string Name, string Value)?> model, Func<(string Name, string Value)?, bool> which)
    {
        for (int i = 0; i < model.Count; i++)
        {
            model[i] = which(model[i]) ? null : model[i];
        }
    }

    private static void AssertSame(HeaderBlock block, List<(string Name, string Value)?> model)
    {
        Assert.Equal(model.Count, block.Count);
        Assert.Equal(
            string.Join('\n', model.Where(field => field is not null).Select(field => $"{field!.Value.Name}: {field.Value.Value}")),
            RequestReading.Fields(block));
        Assert.Equal(
            "HTTP/1.1 200 OK\r\n" + string.Concat(model.Where(field => field is not null).Select(field => $"{field!.Value.Name}: {field.Value.Value}\r\n")) + "\r\n",
            Written(block));
        foreach (string name in Names)
        {
            List<int> expected = Enumerable.Range(0, model.Count)
                .Where(i => model[i] is { } live && string.Equals(live.Name, name, StringComparison.OrdinalIgnoreCase)).ToList();
            List<int> actual = [];
            for (int i = block.IndexOf(Octets.Of(name)); i >= 0; i = block.NextSame(i))
            {
                actual.Add(i);
            }

            Assert.Equal(expected, actual);
        }
    }

    private static string Written(HeaderBlock block)
    {
        ArrayBufferWriter<byte> output = new();
        HeadWriter writer = new(output, HeadWriter.Estimate(block));
        writer.StatusLine(200);
        writer.Fields(block);
        Assert.Equal(WireError.None, writer.End());
        return Octets.Text(output.WrittenSpan);
    }
}
