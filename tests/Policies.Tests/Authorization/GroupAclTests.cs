using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.Authorization;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Authorization;

public sealed class GroupAclTests
{
    // kong.md 8.6, row by row: state, status with an allow list, status with a deny list (0 passes).
    [Theory]
    [InlineData("nobody", 401, 401)]
    [InlineData("credential", 403, 403)]
    [InlineData("no groups", 403, 0)]
    [InlineData("anonymous without groups", 401, 0)]
    [InlineData("listed", 0, 403)]
    [InlineData("other", 403, 0)]
    [InlineData("anonymous listed", 0, 403)]
    public void Decide_State_FollowsKongsTable(string state, int withAllow, int withDeny)
    {
        Identity? identity = state switch
        {
            "nobody" => null,
            "credential" => new Identity(null, "c", "k"),
            "no groups" => Of([]),
            "anonymous without groups" => Of([], anonymous: true),
            "listed" => Of(["x", "admin"]),
            "anonymous listed" => Of(["admin"], anonymous: true),
            _ => Of(["x"]),
        };
        AssertStatus(withAllow, new GroupAcl(["admin", "user"], []).Decide(identity));
        AssertStatus(withDeny, new GroupAcl([], ["admin", "user"]).Decide(identity));
    }

    [Theory]
    [InlineData("admin", 0)]
    [InlineData("admin,blocked", 403)]
    [InlineData("blocked", 403)]
    [InlineData("other", 403)]
    [InlineData("", 403)]
    public void Decide_BothLists_DenyFirstThenAllow(string groups, int status) => AssertStatus(
        status,
        new GroupAcl(["admin", "user"], ["blocked"]).Decide(Of([.. groups.Split(',', StringSplitOptions.RemoveEmptyEntries)])));

    [Fact]
    public void Decide_Refusals_HaveKongsTexts()
    {
        GroupAcl acl = new(["admin"], []);
        Assert.Equal("Unauthorized", acl.Decide(null).Body!.Message);
        Assert.Equal("You cannot consume this service", acl.Decide(Of(["x"])).Body!.Message);
    }

    [Fact]
    public void Apply_Pass_SendsAllGroups()
    {
        HeaderList request = HeaderList.Of("X-Consumer-Groups: forged", "X-Authenticated-Groups: forged");
        new GroupAcl(["admin"], []).Apply(Of(["admin", "super-admin"]), ref request);
        Assert.Equal(["X-Consumer-Groups: admin, super-admin"], request.Lines);
    }

    [Fact]
    public void Apply_HiddenOrNoGroups_RemovesForgedField()
    {
        HeaderList request = HeaderList.Of("X-Consumer-Groups: forged");
        new GroupAcl(["admin"], [], hideGroupsHeader: true).Apply(Of(["admin"]), ref request);
        Assert.Empty(request.Lines);
        request = HeaderList.Of("X-Consumer-Groups: forged");
        new GroupAcl([], ["x"]).Apply(Of([]), ref request);
        Assert.Empty(request.Lines);
    }

    [Fact]
    public void Construct_NoList_IsRefused() => Assert.Throws<ArgumentException>(static () => new GroupAcl([], []));

    [Fact]
    public void Decide_Steady_AllocatesNothing()
    {
        GroupAcl acl = new(["admin"], ["blocked"]);
        Identity identity = Of(["a", "b", "admin"]);
        Assert.Equal(0, Allocations.Measure(() => Assert.True(acl.Decide(identity).IsPass)));
    }

    private static void AssertStatus(int expected, AclVerdict verdict)
    {
        Assert.Equal(expected, verdict.Status);
        Assert.Equal(expected == 0, verdict.IsPass);
        Assert.Equal(expected == 0, verdict.Body is null);
    }

    private static Identity Of(ImmutableArray<string> groups, bool anonymous = false) =>
        new(new Consumer("id", "name", null, groups), anonymous ? null : "credential", "key", anonymous);
}
