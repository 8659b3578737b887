using System.Text;

namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>A <c>%START_TIME(format)%</c>: strftime's letters and Envoy's fractions (<c>%3f</c>, <c>%f</c>). UTC. Immutable.</summary>
internal sealed class LogTimeFormat
{
    private readonly List<(char Letter, int Digits, byte[] Literal)> _parts = [];

    public LogTimeFormat(string format)
    {
        StringBuilder literal = new();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                literal.Append(format[i]);
                continue;
            }

            int digits = 0;
            char letter = format[++i];
            if (char.IsAsciiDigit(letter) && i + 1 < format.Length)
            {
                digits = letter - '0';
                letter = format[++i];
            }

            if (letter == '%')
            {
                literal.Append('%');
                continue;
            }

            if (literal.Length != 0)
            {
                _parts.Add(('\0', 0, Encoding.UTF8.GetBytes(literal.ToString())));
                literal.Clear();
            }

            _parts.Add((letter, digits, Encoding.UTF8.GetBytes("%" + letter)));
        }

        if (literal.Length != 0)
        {
            _parts.Add(('\0', 0, Encoding.UTF8.GetBytes(literal.ToString())));
        }
    }

    public void Write(ref LineWriter writer, long unixMilliseconds)
    {
        DateTime time = DateTime.UnixEpoch.AddMilliseconds(unixMilliseconds);
        foreach ((char letter, int digits, byte[] literal) in _parts)
        {
            switch (letter)
            {
                case 'Y':
                    writer.Padded(time.Year, 4);
                    break;
                case 'y':
                    writer.Padded(time.Year % 100, 2);
                    break;
                case 'm':
                    writer.Padded(time.Month, 2);
                    break;
                case 'd':
                    writer.Padded(time.Day, 2);
                    break;
                case 'j':
                    writer.Padded(time.DayOfYear, 3);
                    break;
                case 'b' or 'h':
                    writer.Raw("JanFebMarAprMayJunJulAugSepOctNovDec"u8.Slice((time.Month - 1) * 3, 3));
                    break;
                case 'e':
                    writer.Raw(time.Day < 10 ? " "u8 : default);
                    writer.Number(time.Day);
                    break;
                case 'I':
                    writer.Padded(((time.Hour + 11) % 12) + 1, 2);
                    break;
                case 'p':
                    writer.Raw(time.Hour < 12 ? "AM"u8 : "PM"u8);
                    break;
                case 'R':
                    writer.Padded(time.Hour, 2);
                    writer.Raw((byte)':');
                    writer.Padded(time.Minute, 2);
                    break;
                case 'D':
                    writer.Padded(time.Month, 2);
                    writer.Raw((byte)'/');
                    writer.Padded(time.Day, 2);
                    writer.Raw((byte)'/');
                    writer.Padded(time.Year % 100, 2);
                    break;
                case 'a':
                    writer.Raw("SunMonTueWedThuFriSat"u8.Slice((int)time.DayOfWeek * 3, 3));
                    break;
                case 'H':
                    writer.Padded(time.Hour, 2);
                    break;
                case 'M':
                    writer.Padded(time.Minute, 2);
                    break;
                case 'S':
                    writer.Padded(time.Second, 2);
                    break;
                case 'F':
                    WriteDate(ref writer, time);
                    break;
                case 'T':
                    WriteClock(ref writer, time);
                    break;
                case 's':
                    writer.Number(unixMilliseconds / 1000);
                    break;
                case 'f':
                    Fraction(ref writer, time.Millisecond, digits == 0 ? 9 : digits);
                    break;
                case 'z':
                    writer.Raw("+0000"u8);
                    break;
                case 'Z':
                    writer.Raw("UTC"u8);
                    break;
                default:
                    writer.Raw(literal);
                    break;
            }
        }
    }

    public static void WriteDate(ref LineWriter writer, DateTime time)
    {
        writer.Padded(time.Year, 4);
        writer.Raw((byte)'-');
        writer.Padded(time.Month, 2);
        writer.Raw((byte)'-');
        writer.Padded(time.Day, 2);
    }

    public static void WriteClock(ref LineWriter writer, DateTime time)
    {
        writer.Padded(time.Hour, 2);
        writer.Raw((byte)':');
        writer.Padded(time.Minute, 2);
        writer.Raw((byte)':');
        writer.Padded(time.Second, 2);
    }

    // Our clock has milliseconds: what is finer is zero.
    private static void Fraction(ref LineWriter writer, int milliseconds, int digits)
    {
        if (digits <= 3)
        {
            writer.Padded(milliseconds / (digits == 1 ? 100 : digits == 2 ? 10 : 1), digits);
            return;
        }

        writer.Padded(milliseconds, 3);
        writer.Raw("000000"u8[..(Math.Min(digits, 9) - 3)]);
    }
}
