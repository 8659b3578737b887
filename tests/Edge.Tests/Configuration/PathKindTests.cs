using System.Net.Sockets;
using System.Runtime.InteropServices;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Configuration.Tls;
using VoltageSoda.Edge.Tests.Telemetry;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>Files of the configuration that are none: opening a pipe would wait for ever.</summary>
public sealed partial class PathKindTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_EveryKind_IsTold()
    {
        string file = In("file");
        File.WriteAllText(file, "");
        File.CreateSymbolicLink(In("link"), file);
        File.CreateSymbolicLink(In("broken"), In("nowhere"));
        Assert.Equal(0, MakePipe(In("pipe"), 0x180));
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(In("socket")));
        Assert.Equal(
            [PathKind.File, PathKind.Other, PathKind.Other, PathKind.Other, PathKind.Socket, PathKind.Folder, PathKind.Missing, PathKind.Missing, PathKind.Other],
            new[] { file, In("link"), In("broken"), In("pipe"), In("socket"), _folder.Path, In("nowhere"), In("file/below"), "/dev/null" }
                .Select(static path => PathKinds.Of(path, followLinks: false)));
        Assert.Equal([PathKind.File, PathKind.Missing], new[] { In("link"), In("broken") }.Select(static path => PathKinds.Of(path, followLinks: true)));
    }

    [Fact]
    public void Load_FolderWithAPipeAndASocket_NamesThemAndReadsTheRest()
    {
        File.WriteAllText(In("real.txt"), "_format_version: \"3.0\"\nservices:\n- {name: s, host: a.test}\n");
        File.CreateSymbolicLink(In("kong.yml"), In("real.txt"));
        Assert.Equal(0, MakePipe(In("pipe.yml"), 0x180));
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(In("socket.yml")));
        LoadResult result = new ConfigSource(EdgeSettings.From(("EDGE_CONFIG", _folder.Path))).Load();
        Assert.True(result.Refused);
        Assert.Equal([In("pipe.yml"), In("socket.yml")], result.Findings.Where(static f => f.Code == "VSE1004").Select(static f => f.Span.File));
        Assert.Equal([In("kong.yml")], result.Files);
    }

    [Fact]
    public void CertificateAndResolverFiles_Pipes_AreNotOpened()
    {
        Assert.Equal(0, MakePipe(In("pipe"), 0x180));
        Assert.Null(CertificateText.Read(In("pipe"), out string reason));
        Assert.Equal($"{In("pipe")}: is no regular file (a pipe, socket or device is not read)", reason);

        // Would wait for ever.
        ResolverFiles files = new(new NameResolverOptions { HostsPath = In("pipe"), ResolvConfPath = In("pipe") });
        Assert.False(files.Reload());
    }

    [Fact]
    public void SecretFile_NotUtf8_IsRefused()
    {
        File.WriteAllBytes(In("secret"), [(byte)'a', 0xFF, (byte)'\n']);
        EdgeSettings settings = EdgeSettings.From(("OTEL_EXPORTER_OTLP_HEADERS_FILE", In("secret")));
        Assert.EndsWith("the byte 0xff is not UTF-8 at line 1, byte 2", Assert.Single(settings.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SecretFile_EmptyOrNoFile_IsToldAsWhatItIs()
    {
        File.WriteAllText(In("empty"), "\n");
        EdgeSettings empty = EdgeSettings.From(("OTEL_EXPORTER_OTLP_HEADERS_FILE", In("empty")));
        Assert.Empty(empty.Findings);
        Assert.False(empty.IsGiven(SettingTable.OtlpHeaders));

        EdgeSettings folder = EdgeSettings.From(("OTEL_EXPORTER_OTLP_HEADERS_FILE", _folder.Path));
        Assert.Contains("is a folder", Assert.Single(folder.Findings).Message, StringComparison.Ordinal);

        Assert.Equal(0, MakePipe(In("pipe"), 0x180));
        foreach (string name in (string[])["OTEL_EXPORTER_OTLP_HEADERS_FILE", SettingTable.SettingsFilePath.Name])
        {
            EdgeSettings pipe = EdgeSettings.From((name, In("pipe")));
            Assert.True(pipe.Refused);
            Assert.Contains("no regular file", Assert.Single(pipe.Findings).Message, StringComparison.Ordinal);
        }
    }

    private string In(string name) => Path.Combine(_folder.Path, name);

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
