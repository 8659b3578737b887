namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>A document with an entity of every kind that is served.</summary>
internal static class EveryKind
{
    public const string Text = """
        _format_version: "3.0"
        services:
        - name: plain
          url: http://pool.internal:8080/base
          tags: [blue, edge]
          retries: 2
          connect_timeout: 1000
        - name: bare
          host: 127.0.0.1
          tags: [blue]
        routes:
        - name: by-path
          service: plain
          paths: [/a, "~/b/(?<id>\\d+)"]
          methods: [GET, POST]
          hosts: ["*.example.com", api.example.com]
          headers:
            X-Version: [One, two]
            x-agent: ["~*^curl"]
          tags: [blue]
        - name: without-service
          paths: [/nowhere]
          protocols: [http]
          strip_path: false
          regex_priority: 7
        consumers:
        - username: alice
          custom_id: "42"
          tags: [people]
          jwt_secrets:
          - key: alice-key
            secret: 0123456789abcdef0123456789abcdef
          keyauth_credentials:
          - key: alice-api-key-0123456789
          basicauth_credentials:
          - username: alice-login
            password: correct-horse-battery
          acls:
          - group: staff
            tags: [blue]
        upstreams:
        - name: pool.internal
          algorithm: round-robin
          healthchecks:
            active:
              headers:
                X-Probe: [a, b]
          targets:
          - target: 127.0.0.1:9
          - target: 127.0.0.2
            weight: 50
            tags: [edge]
        plugins:
        - name: cors
          instance_name: everywhere
          config:
            origins: ["https://a.example.com"]
        - name: rate-limiting
          service: plain
          config:
            minute: 5
        - name: jwt
          route: by-path
        - name: request-transformer
          consumer: alice
          config:
            add:
              headers: ["X-A:b"]
        """;
}
