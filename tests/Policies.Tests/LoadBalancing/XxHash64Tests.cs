using System.Text;
using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

public sealed class XxHash64Tests
{
    // envoy: test/common/common/hash_test.cc
    [Theory]
    [InlineData("foo", 3728699739546630719)]
    [InlineData("bar", 5234164152756840025)]
    [InlineData("foo\nbar", 8917841378505826757)]
    [InlineData("lyft", 4400747396090729504)]
    [InlineData("", 17241709254077376921)]
    public void Compute_ShortText_IsEnvoys(string text, ulong expected) =>
        Assert.Equal(expected, XxHash64.Compute(Encoding.ASCII.GetBytes(text)));

    // The sanity checks of the algorithm's own sources: bytes of a generator with prime 2654435761, seeds 0 and that prime.
    [Theory]
    [InlineData(1, 0, 0xE934A84ADB052768)]
    [InlineData(14, 0, 0x8282DCC4994E35C8)]
    [InlineData(222, 0, 0xB641AE8CB691C174)]
    [InlineData(222, 2654435761, 0x20CB8AB7AE10C14A)]
    public void Compute_GeneratedBytes_IsTheReference(int length, ulong seed, ulong expected)
    {
        byte[] data = new byte[length];
        ulong generator = 2654435761;
        for (int i = 0; i < length; i++)
        {
            data[i] = (byte)(generator >> 56);
            generator *= 11400714785074694797;
        }

        Assert.Equal(expected, XxHash64.Compute(data, seed));
    }
}
