using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Tests.Http;

public sealed class WireErrorsTests
{
    private static readonly string[] Named =
    [
        "bad_line_end", "bad_method", "bad_target", "bad_version", "bad_header_name", "bad_header_value", "obs_fold", "space_before_colon",
        "host_missing", "host_duplicate", "host_invalid", "cl_invalid", "cl_duplicate", "te_invalid", "te_and_cl", "chunk_size", "chunk_ext",
        "chunk_end", "trailer",
    ];

    public static TheoryData<WireError> All => [.. Enum.GetValues<WireError>().Where(error => error != WireError.None)];

    [Theory]
    [MemberData(nameof(All))]
    public void Row_EveryError_HasAStatusAndAReason(WireError error)
    {
        Assert.Contains(error.Status(), new[] { 0, 400, 405, 408, 413, 414, 417, 426, 431, 500, 501, 505 });
        Assert.True(
            Named.Contains(error.Reason()) || error.Reason().StartsWith("limit_", StringComparison.Ordinal)
                || error.Reason().StartsWith("timeout_", StringComparison.Ordinal)
                || error.Reason() is "bad_status_line" or "end_of_input" or "proxy_protocol" or "unwritable_field",
            error.Reason());
        Assert.Equal(error != WireError.TraceRefused, error.ClosesConnection());
    }

    [Fact]
    public void Row_EveryNameOfTheLog_IsUsed() => Assert.Empty(Named.Except(Enum.GetValues<WireError>().Select(error => error.Reason())));

    [Theory]
    [InlineData(WireError.HeadTimeout, 408)]
    [InlineData(WireError.BodyTimeout, 408)]
    [InlineData(WireError.BodyTooLarge, 413)]
    [InlineData(WireError.EndOfInput, 400)]
    [InlineData(WireError.UnwritableField, 500)]
    [InlineData(WireError.ProxyHeader, 0)]
    public void Status_ErrorsNoReaderFinds_AreInTheTableToo(WireError error, int status) => Assert.Equal(status, error.Status());
}
