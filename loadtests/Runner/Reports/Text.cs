using System.Globalization;

namespace VoltageSoda.Edge.LoadTests.Reports;

/// <summary>Numbers as reports write them.</summary>
internal static class Text
{
    /// <summary>Nanoseconds as milliseconds with three significant digits or microsecond resolution.</summary>
    public static string Milliseconds(double nanoseconds) =>
        (nanoseconds / 1e6).ToString(nanoseconds < 1e7 ? "0.000" : nanoseconds < 1e9 ? "0.0" : "0", CultureInfo.InvariantCulture) + " ms";

    /// <summary>A number without a culture's marks.</summary>
    public static string Number(double value, string format = "0.##") => value.ToString(format, CultureInfo.InvariantCulture);
}
