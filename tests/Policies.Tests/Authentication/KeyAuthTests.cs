using System.Text;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Authentication;

public sealed class KeyAuthTests
{
    private const long Now = 1_800_000_000;

    private static readonly Consumer Alice = new("consumer-id", "alice", "custom-alice");
    private static readonly Consumer Nobody = new("nobody-id", "nobody", null);

    private static readonly KeyTable Keys = new(
    [
        new KeyCredential { Id = "credential-id", Key = "s3cret", Consumer = Alice },
        new KeyCredential { Id = "short-lived", Key = "until", ExpiresAt = Now, Consumer = Alice },
        new KeyCredential { Id = "still-valid", Key = "yet", ExpiresAt = Now + 1, Consumer = Alice },
        new KeyCredential { Id = "disabled", Key = null, Consumer = Alice },
        new KeyCredential { Id = "empty", Key = "", Consumer = Alice },
    ]);

    private static readonly KeyAuthOptions Everywhere = new() { KeyNames = ["apikey", "x-key"], KeyInBody = true };

    [Theory]
    [InlineData("apikey: s3cret", "")]
    [InlineData("APIKEY: s3cret", "")]
    [InlineData("x-key: s3cret", "")]
    [InlineData("", "apikey=s3cret")]
    [InlineData("", "a=1&x-key=s3cret&b=2")]
    [InlineData("", "apikey=s3%63ret")]
    [InlineData("", "%61pikey=s3cret")]
    [InlineData("apikey: s3cret", "apikey=other")]
    [InlineData("x-key: other", "apikey=s3cret")]
    [InlineData("x-key: s3cret", "apikey")]
    public void Verify_KeyInOneOfItsPlaces_PassesAsItsConsumer(string field, string query)
    {
        AuthVerdict verdict = Verify(Everywhere, field, query, out _);

        Assert.True(verdict.IsPass);
        Assert.Same(Alice, verdict.Identity!.Consumer);
        Assert.Equal("credential-id", verdict.Identity.CredentialId);
        Assert.Equal("credential-id", verdict.Identity.CredentialIdentifier);
    }

    [Theory]
    [InlineData("", "", "No API key found in request")]
    [InlineData("apikey:", "", "No API key found in request")]
    [InlineData("", "apikey=", "No API key found in request")]
    [InlineData("", "apikey", "No API key found in request")]
    [InlineData("", "APIKEY=s3cret", "No API key found in request")]
    [InlineData("other: s3cret", "other=s3cret", "No API key found in request")]
    [InlineData("apikey: wrong", "", "Invalid authentication credentials")]
    [InlineData("apikey: s3cre", "", "Invalid authentication credentials")]
    [InlineData("apikey: until", "", "Invalid authentication credentials")]
    [InlineData("apikey: other", "apikey=s3cret", "Invalid authentication credentials")]
    [InlineData("", "apikey=s3cret&apikey=s3cret", "Duplicate API key found")]
    [InlineData("", "apikey&apikey=s3cret", "Duplicate API key found")]
    [InlineData("apikey: s3cret|apikey: s3cret", "", "Duplicate API key found")]
    public void Verify_Refusal_HasKongsAnswer(string fields, string query, string message)
    {
        AuthVerdict verdict = Verify(Everywhere, fields, query, out _);

        Assert.False(verdict.IsPass);
        Assert.Equal(401, verdict.Status);
        Assert.Contains($"\"message\":\"{message}\"", verdict.Body!.ToString());
        Assert.Equal("Key realm=\"kong\"", Encoding.UTF8.GetString(verdict.Challenge!));
    }

    [Fact]
    public void Verify_KeyWithTtl_EndsAtItsSecond()
    {
        Assert.True(Verify(Everywhere, "apikey: yet", "", out _).IsPass);
        Assert.False(Verify(Everywhere, "apikey: until", "", out _).IsPass);
    }

    [Theory]
    [InlineData(true, false, "apikey: s3cret", "", true)]
    [InlineData(true, false, "", "apikey=s3cret", false)]
    [InlineData(false, true, "apikey: s3cret", "", false)]
    [InlineData(false, true, "", "apikey=s3cret", true)]
    public void Verify_PlacesSwitchedOff_AreNotLookedAt(bool header, bool query, string field, string arguments, bool passes) =>
        Assert.Equal(passes, Verify(new KeyAuthOptions { KeyInHeader = header, KeyInQuery = query }, field, arguments, out _).IsPass);

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "a=1&apikey=s3%63ret", null)]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8", "x-key=s3cret", null)]
    [InlineData("application/json", "{\"apikey\":\"s3cret\"}", null)]
    [InlineData("application/json", "{\"apikey\":\"x\",\"apikey\":\"s3\\u0063ret\"}", null)]
    [InlineData("application/json", "{\"apikey\":7,\"x-key\":\"s3cret\"}", null)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"apikey\"\r\n\r\ns3cret\r\n--b--\r\n", null)]
    [InlineData("application/json", "{\"apikey\":[\"s3cret\"]}", "Duplicate API key found")]
    [InlineData("application/x-www-form-urlencoded", "apikey=s3cret&apikey=s3cret", "Duplicate API key found")]
    [InlineData("application/json", "{\"apikey\":\"s3cret\"", "No API key found in request")]
    [InlineData("application/json", "[\"s3cret\"]", "No API key found in request")]
    [InlineData("text/plain", "apikey=s3cret", "No API key found in request")]
    [InlineData("multipart/form-data", "--b\r\nContent-Disposition: form-data; name=\"apikey\"\r\n\r\ns3cret\r\n--b--\r\n", "No API key found in request")]
    public void Verify_KeyInBody_IsFoundByTheKindOfBody(string contentType, string text, string? message)
    {
        RequestBodyText body = new() { ContentType = Encoding.UTF8.GetBytes(contentType), Bytes = Encoding.UTF8.GetBytes(text), IsKnown = true };
        HeaderList headers = HeaderList.Of();

        AuthVerdict verdict = new KeyAuth(Everywhere, Keys).Verify("POST"u8, default, ref headers, in body, null, Now, out _);

        Assert.Equal(message is null, verdict.IsPass);
        Assert.Contains(message ?? "", verdict.Body?.ToString() ?? "");
    }

    [Fact]
    public void Verify_BodyNotReadYet_IsAskedForOnlyWhenTheKeyIsNowhereElse()
    {
        RequestBodyText unread = new() { ContentType = "application/json"u8, IsKnown = false };
        HeaderList headers = HeaderList.Of();
        KeyAuth policy = new(Everywhere, Keys);

        AuthVerdict asked = policy.Verify("POST"u8, default, ref headers, in unread, null, Now, out _);
        AuthVerdict known = policy.Verify("POST"u8, "apikey=s3cret"u8, ref headers, in unread, null, Now, out _);

        Assert.True(asked is { NeedsBody: true, IsPass: false });
        Assert.True(known is { NeedsBody: false, IsPass: true });
    }

    [Fact]
    public void Verify_Anonymous_MakesItAnAlternative()
    {
        KeyAuthOptions options = new() { HasAnonymous = true, Anonymous = Nobody };
        Identity known = new(Alice, "jwt-credential", "k");

        Assert.Same(known, Verify(options, "", "", out _, known).Identity);
        AuthVerdict fallback = Verify(options, "apikey: wrong", "", out _);
        Assert.True(fallback is { IsPass: true, Identity.IsAnonymous: true });
        Assert.Same(Nobody, fallback.Identity!.Consumer);
        Assert.Equal("credential-id", Verify(options, "apikey: s3cret", "", out _, fallback.Identity).Identity!.CredentialId);
        AuthVerdict missing = Verify(options with { Anonymous = null }, "", "", out _);
        Assert.Equal((500, "{\"message\":\"An unexpected error occurred\"}"), (missing.Status, missing.Body!.ToString()));
        Assert.Equal(401, Verify(new KeyAuthOptions(), "", "", out _, known).Status);
    }

    [Fact]
    public void Verify_Preflight_IsLetThroughWhenSwitchedOff()
    {
        HeaderList headers = HeaderList.Of();
        RequestBodyText none = new() { IsKnown = true };
        KeyAuth policy = new(new KeyAuthOptions { RunOnPreflight = false }, Keys);

        Assert.True(policy.Verify("OPTIONS"u8, default, ref headers, in none, null, Now, out _) is { IsPass: true, Identity: null });
        Assert.Equal(401, policy.Verify("GET"u8, default, ref headers, in none, null, Now, out _).Status);
    }

    [Fact]
    public void Verify_HideCredentials_NamesWhatToHide()
    {
        KeyAuthOptions hiding = Everywhere with { HideCredentials = true };

        Verify(hiding, "x-key: s3cret", "", out int hidden);
        Assert.Equal("x-key", Encoding.UTF8.GetString(new KeyAuth(hiding, Keys).HiddenName(hidden)));
        Verify(hiding, "x-key: wrong", "", out hidden);
        Assert.Equal(1, hidden);
        Verify(hiding, "", "", out hidden);
        Assert.Equal(-1, hidden);
        Verify(Everywhere, "x-key: s3cret", "", out hidden);
        Assert.Equal(-1, hidden);
    }

    [Theory]
    [InlineData("apikey=s", "")]
    [InlineData("a=1&apikey=s&b=2", "a=1&b=2")]
    [InlineData("apikey=s&apikey=t&b=%20", "b=%20")]
    [InlineData("b&%61pikey=s&&c", "b&c")]
    [InlineData("APIKEY=s", "APIKEY=s")]
    [InlineData("", "")]
    public void WriteQueryWithout_KeepsTheOthersAndTheirOrder(string query, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(query);
        byte[] output = new byte[bytes.Length];

        int length = KeyAuth.WriteQueryWithout(bytes, "apikey"u8, output);

        Assert.Equal(expected, Encoding.UTF8.GetString(output, 0, length));
    }

    [Fact]
    public void Verify_Realm_IsQuoted() =>
        Assert.Equal(
            "Key realm=\"a \\\"b\\\"\"", Encoding.UTF8.GetString(Verify(new KeyAuthOptions { Realm = "a \"b\"" }, "", "", out _).Challenge!));

    [Fact]
    public void Credentials_DoNotShowTheirSecrets()
    {
        Assert.DoesNotContain("s3cret", new KeyCredential { Id = "i", Key = "s3cret", Consumer = Alice }.ToString());
        Assert.DoesNotContain("0123", new PasswordCredential { Id = "i", Username = "u", Digest = "0123", Consumer = Alice }.ToString());
    }

    [Fact]
    public void Verify_InHeaderAndQuery_AllocatesNothing()
    {
        KeyAuth policy = new(new KeyAuthOptions { HideCredentials = true }, Keys);
        HeaderList headers = HeaderList.Of("Accept: */*", "apikey: s3cret");
        HeaderList none = HeaderList.Of("Accept: */*");
        Assert.Equal(0, Allocations.Measure(() =>
        {
            RequestBodyText body = new() { IsKnown = true };
            Assert.True(policy.Verify("GET"u8, default, ref headers, in body, null, Now, out _).IsPass);
            Assert.True(policy.Verify("GET"u8, "a=b&apikey=s3%63ret"u8, ref none, in body, null, Now, out _).IsPass);
            Assert.False(policy.Verify("GET"u8, "a=b&apikey=wrong"u8, ref none, in body, null, Now, out _).IsPass);
        }));
    }

    private static AuthVerdict Verify(KeyAuthOptions options, string fields, string query, out int hidden, Identity? existing = null)
    {
        HeaderList headers = HeaderList.Of(fields.Split('|', StringSplitOptions.RemoveEmptyEntries));
        RequestBodyText none = new() { IsKnown = true };
        return new KeyAuth(options, Keys).Verify("GET"u8, Encoding.UTF8.GetBytes(query), ref headers, in none, existing, Now, out hidden);
    }
}
