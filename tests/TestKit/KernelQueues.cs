using System.Globalization;
using System.Net;

namespace VoltageSoda.Edge.TestKit;

/// <summary>What the kernel holds of loopback connections, from <c>/proc/net/tcp</c>: the bytes that no process has taken yet.</summary>
public static class KernelQueues
{
    /// <summary>Bytes sent by the owner of <paramref name="local"/> to <paramref name="remote"/> that the other process has not received.</summary>
    public static long Between(IPEndPoint local, IPEndPoint remote)
    {
        string from = Hex(local);
        string to = Hex(remote);
        long sum = 0;
        foreach (string line in File.ReadLines("/proc/net/tcp"))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 5)
            {
                continue;
            }

            // "tx:rx" in hexadecimal: not acknowledged at the sender, not read at the receiver.
            if (parts[1] == from && parts[2] == to)
            {
                sum += long.Parse(parts[4].Split(':')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
            else if (parts[1] == to && parts[2] == from)
            {
                sum += long.Parse(parts[4].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }

        return sum;
    }

    private static string Hex(IPEndPoint endPoint) =>
        string.Create(CultureInfo.InvariantCulture, $"{BitConverter.ToUInt32(endPoint.Address.GetAddressBytes()):X8}:{endPoint.Port:X4}");
}
