using VoltageSoda.Edge.Configuration.Kong;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class KongIdsTests
{
    // Ids that Kong 3.4 gives the entities of the supplied file.
    [Theory]
    [InlineData("services", "voltage-soda-frontend-service", "6ed9eb71-71a0-59d3-bbf1-55f3e07cd4a6")]
    [InlineData("services", "voltage-soda-backend-service", "cee51348-20d3-5d20-b90a-c10312db440c")]
    [InlineData("services", "voltage-soda-flavors-service", "415404e2-2b4f-5f68-9f27-c28bbb0f2c63")]
    [InlineData("routes", "voltage-soda-frontend-routes", "ca4b585d-0178-58b0-ab1a-18ff8a8dfef1")]
    [InlineData("routes", "voltage-soda-api-routes", "21a1e925-19de-5ce5-b7ce-071f5abd9f66")]
    [InlineData("routes", "voltage-soda-flavors-routes", "90320991-18c0-5727-abfc-53228d580b3f")]
    [InlineData("consumers", "voltage-soda-service-account", "bf4a7b45-26cd-51e7-ba6e-879f53fc1b83")]
    [InlineData("consumers", "voltage-soda-api-client", "1cdc210d-0977-5d01-87e3-8935d8158fce")]
    [InlineData("consumers", "voltage-soda-admin", "33e571e9-c20f-5eea-b88e-6c6e00ea383d")]
    public void For_SampleEntity_IsKongsId(string collection, string key, string id) =>
        Assert.Equal(Guid.Parse(id), KongIds.For(collection, key));

    [Fact]
    public void Load_Sample_GivesTheIdsOfTheTable()
    {
        KongModel model = Loading.Sample("compat", Loading.SampleSecrets).Model!;
        Assert.Equal("cee51348-20d3-5d20-b90a-c10312db440c", model.Services[1].Id.ToString());
        Assert.Equal("90320991-18c0-5727-abfc-53228d580b3f", model.Routes[2].Id.ToString());
        Assert.Equal("33e571e9-c20f-5eea-b88e-6c6e00ea383d", model.Consumers[2].Id.ToString());
        Assert.Equal(model.Services[1].Id, model.Routes[1].Service!.Id);
    }

    // RFC 9562 appendix A.4.
    [Fact]
    public void Version5_ExampleOfTheRfc_Matches() => Assert.Equal(
        Guid.Parse("2ed6657d-e927-568b-95e1-2665a8aea6a2"),
        KongIds.Version5(Guid.Parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com"));

    [Fact]
    public void Load_TwoLoads_GiveEqualIdsForUnnamedEntities()
    {
        const string Document = """
            services:
            - host: a.test
              routes:
              - paths: [/x]
              - paths: [/x]
              plugins:
              - name: prometheus
            """;
        KongModel first = Loading.Kong(Document).Model!;
        KongModel second = Loading.Kong(Document).Model!;
        Assert.Equal(first.Routes.Select(route => route.Id), second.Routes.Select(route => route.Id));
        Assert.NotEqual(first.Routes[0].Id, first.Routes[1].Id);
        Assert.Equal(first.Plugins[0].Id, second.Plugins[0].Id);
    }

    [Fact]
    public void Load_WrittenId_Wins()
    {
        KongModel model = Loading.Kong("services:\n- id: 11111111-2222-4333-8444-555555555555\n  name: s\n  host: a.test").Model!;
        Assert.Equal("11111111-2222-4333-8444-555555555555", model.Services[0].Id.ToString());
    }
}
