using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http;

public sealed class ReasonPhrasesTests
{
    [Fact]
    public void StatusLine_EveryStatus_IsReadBack()
    {
        for (int status = 100; status <= 599; status++)
        {
            string line = Octets.Text(ReasonPhrases.StatusLine(status));
            Assert.Equal($"HTTP/1.1 {status} {Octets.Text(ReasonPhrases.For(status))}\r\n", line);
            Assert.Equal(status, ResponseReading.Whole(line + "\r\n").Head.Status);
        }
    }

    [Theory]
    [InlineData(99)]
    [InlineData(600)]
    [InlineData(-1)]
    public void StatusLine_OutsideTheRange_Throws(int status) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ReasonPhrases.StatusLine(status).Length);

    [Fact]
    public void For_EveryErrorOfTheWire_HasAPhrase() =>
        Assert.All(Enum.GetValues<WireError>().Where(error => error.Status() != 0), error => Assert.False(ReasonPhrases.For(error.Status()).IsEmpty));
}
