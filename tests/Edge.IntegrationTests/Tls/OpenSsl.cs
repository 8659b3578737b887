using System.Diagnostics;
using System.Net;

namespace VoltageSoda.Edge.IntegrationTests.Tls;

/// <summary>The openssl command as a client that is not .NET's.</summary>
internal static class OpenSsl
{
    /// <summary>Runs s_client against an address, sends what is given, and returns everything it printed.</summary>
    public static async Task<string> ClientAsync(IPEndPoint address, string arguments, string input = "")
    {
        ProcessStartInfo start = new("openssl", $"s_client -connect {address} {arguments}" + (input.Length == 0 ? "" : " -ign_eof"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardOutput.ReadToEndAsync();
        Task<string> complained = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return await said + await complained;
    }
}
