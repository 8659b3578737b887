using System.Text;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Authentication;

public sealed class BasicAuthTests
{
    private const string Id = "33e571e9-c20f-5eea-b88e-6c6e00ea383d";

    private static readonly Consumer Alice = new(Id, "alice", null);
    private static readonly Consumer Bob = new("bf4a7b45-26cd-51e7-ba6e-879f53fc1b83", "bob", null);

    private static readonly PasswordTable Passwords = new(
    [
        Credential("alice", "open sesame", Alice),
        Credential("bob", "pass:word", Bob),
        Credential("émile", "café", Alice),
        Credential("blank", "", Alice),
        new PasswordCredential { Id = "off", Username = "off", Digest = null, Consumer = Alice },
    ]);

    // SHA-1 of "kong" and the id of a consumer, as sha1sum prints it.
    [Fact]
    public void Digest_IsKongs() =>
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData(Encoding.ASCII.GetBytes("kong" + Id))), PasswordTable.Digest("kong", Id));

    [Theory]
    [InlineData("da39a3ee5e6b4b0d3255bfef95601890afd80709", true)]
    [InlineData("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", false)]
    [InlineData("da39a3ee5e6b4b0d3255bfef95601890afd8070", false)]
    [InlineData("open sesame", false)]
    public void IsDigest_FortyLowerCaseDigits(string text, bool expected) => Assert.Equal(expected, PasswordTable.IsDigest(text));

    [Theory]
    [InlineData("Authorization", "alice:open sesame", "alice")]
    [InlineData("Proxy-Authorization", "alice:open sesame", "alice")]
    [InlineData("Authorization", "bob:pass:word", "bob")]
    [InlineData("Authorization", "émile:café", "émile")]
    [InlineData("Authorization", "blank:", "blank")]
    [InlineData("Authorization", ":alice:open sesame", "alice")]
    public void Verify_RightPassword_PassesAsItsConsumer(string field, string credentials, string user)
    {
        AuthVerdict verdict = Verify(new BasicAuthOptions(), $"{field}: {Basic(credentials)}", out _);

        Assert.True(verdict.IsPass);
        Assert.Equal(user, verdict.Identity!.CredentialIdentifier);
        Assert.Equal("id of " + user, verdict.Identity.CredentialId);
    }

    [Theory]
    [InlineData("", "Unauthorized")]
    [InlineData("Authorization: Bearer x", "Invalid authentication credentials")]
    [InlineData("Authorization: Basic", "Invalid authentication credentials")]
    [InlineData("Authorization: Basic ????", "Invalid authentication credentials")]
    [InlineData("Authorization: Basic YQ", "Invalid authentication credentials")]
    [InlineData("alice:wrong", "Invalid authentication credentials")]
    [InlineData("alice:", "Invalid authentication credentials")]
    [InlineData("alice", "Invalid authentication credentials")]
    [InlineData("Alice:open sesame", "Invalid authentication credentials")]
    [InlineData("nobody:open sesame", "Invalid authentication credentials")]
    [InlineData("off:", "Invalid authentication credentials")]
    [InlineData("alice:pass:word", "Invalid authentication credentials")]
    [InlineData("bob:open sesame", "Invalid authentication credentials")]
    public void Verify_Refusal_HasKongsAnswer(string field, string message)
    {
        AuthVerdict verdict = Verify(
            new BasicAuthOptions(), field.Length == 0 || field.StartsWith("Auth", StringComparison.Ordinal) ? field : "Authorization: " + Basic(field), out _);

        Assert.False(verdict.IsPass);
        Assert.Equal(401, verdict.Status);
        Assert.Contains($"\"message\":\"{message}\"", verdict.Body!.ToString());
        Assert.Equal("Basic realm=\"kong\"", Encoding.UTF8.GetString(verdict.Challenge!));
    }

    // Through the sizes at which the room for a password is borrowed, and those it is borrowed in.
    [Fact]
    public void Verify_UnpaddedOfAnyLength_IsJudged()
    {
        for (int length = 300; length < 1100; length++)
        {
            string encoded = Basic("a:" + new string('x', length)).TrimEnd('=');

            Assert.Equal(401, Verify(new BasicAuthOptions(), "Authorization: " + encoded, out _).Status);
        }
    }

    [Theory]
    [InlineData("basic ", true)]
    [InlineData("Basic\t", true)]
    [InlineData("Basic", true)]
    [InlineData("x Basic ", true)]
    [InlineData("BASIC ", false)]
    [InlineData("asic ", false)]
    public void Verify_Scheme_IsFoundAsKongsPatternFindsIt(string scheme, bool passes)
    {
        string encoded = Convert.ToBase64String("alice:open sesame"u8);

        Assert.Equal(passes, Verify(new BasicAuthOptions(), $"Authorization: {scheme}{encoded}", out _).IsPass);
        Assert.Equal(passes, Verify(new BasicAuthOptions(), $"Authorization: {scheme}{encoded.TrimEnd('=')}", out _).IsPass);
    }

    // The second field counts only when the first one names no user that exists.
    [Theory]
    [InlineData("alice:open sesame", "bob:wrong", true)]
    [InlineData("alice:wrong", "bob:pass:word", false)]
    [InlineData("nobody:x", "bob:pass:word", true)]
    [InlineData("nobody:x", "bob:wrong", false)]
    public void Verify_BothFields_TheProxysComesFirst(string proxy, string direct, bool passes) =>
        Assert.Equal(passes, Verify(new BasicAuthOptions(), $"Proxy-Authorization: {Basic(proxy)}|Authorization: {Basic(direct)}", out _).IsPass);

    [Fact]
    public void Verify_HideCredentials_RemovesTheFieldsLookedAt()
    {
        BasicAuthOptions hiding = new() { HideCredentials = true };
        string alice = Basic("alice:open sesame");

        Verify(new BasicAuthOptions(), $"Authorization: {alice}", out string[] left);
        Assert.Single(left);
        Verify(hiding, $"Authorization: {alice}|X: y", out left);
        Assert.Equal(["X: y"], left);
        Verify(hiding, $"Proxy-Authorization: {alice}|Authorization: {alice}", out left);
        Assert.Equal([$"Authorization: {alice}"], left);
        Verify(hiding with { HasAnonymous = true, Anonymous = Bob }, $"Authorization: {Basic("alice:wrong")}", out left);
        Assert.Empty(left);
    }

    [Fact]
    public void Verify_Anonymous_MakesItAnAlternative()
    {
        BasicAuthOptions options = new() { HasAnonymous = true, Anonymous = Bob };
        HeaderList none = HeaderList.Of();
        Identity known = new(Alice, "credential", "k");

        Assert.Same(known, new BasicAuth(options, Passwords).Verify(ref none, known).Identity);
        Assert.True(new BasicAuth(options, Passwords).Verify(ref none, null) is { IsPass: true, Identity.IsAnonymous: true });
        Assert.Equal(500, new BasicAuth(options with { Anonymous = null }, Passwords).Verify(ref none, null).Status);
        Assert.Equal(401, new BasicAuth(new BasicAuthOptions(), Passwords).Verify(ref none, known).Status);
    }

    [Fact]
    public void Verify_LongCredentials_AreReadWhole()
    {
        string password = new('x', 5000);
        PasswordTable table = new([Credential("long", password, Alice)]);
        HeaderList right = HeaderList.Of("Authorization: " + Basic("long:" + password));
        HeaderList wrong = HeaderList.Of("Authorization: " + Basic("long:" + password[1..]));

        Assert.True(new BasicAuth(new BasicAuthOptions(), table).Verify(ref right, null).IsPass);
        Assert.False(new BasicAuth(new BasicAuthOptions(), table).Verify(ref wrong, null).IsPass);
    }

    [Fact]
    public void Verify_AllocatesNothing()
    {
        BasicAuth policy = new(new BasicAuthOptions(), Passwords);
        HeaderList right = HeaderList.Of("Accept: */*", "Authorization: " + Basic("alice:open sesame"));
        HeaderList wrong = HeaderList.Of("Accept: */*", "Authorization: " + Basic("nobody:open sesame"));
        Assert.Equal(0, Allocations.Measure(() =>
        {
            Assert.True(policy.Verify(ref right, null).IsPass);
            Assert.False(policy.Verify(ref wrong, null).IsPass);
        }));
    }

    private static PasswordCredential Credential(string user, string password, Consumer consumer) => new()
    {
        Id = "id of " + user,
        Username = user,
        Digest = PasswordTable.Digest(password, consumer.Id),
        Consumer = consumer,
    };

    private static string Basic(string credentials) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));

    private static AuthVerdict Verify(BasicAuthOptions options, string fields, out string[] left)
    {
        HeaderList headers = HeaderList.Of(fields.Split('|', StringSplitOptions.RemoveEmptyEntries));
        AuthVerdict verdict = new BasicAuth(options, Passwords).Verify(ref headers, null);
        left = headers.Lines;
        return verdict;
    }
}
