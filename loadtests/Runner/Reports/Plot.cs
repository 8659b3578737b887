using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.LoadTests.Reports;

/// <summary>
/// A line plot as inline SVG: the caller maps values to the unit square, this draws frame, grid, labels and lines. Mutable while it is
/// being put together, by one thread.
/// </summary>
internal sealed class Plot(string title)
{
    private const double Left = 70;
    private const double Top = 34;
    private const double Width = 700;
    private const double Height = 260;

    private static readonly string[] Colours = ["#0b6e99", "#d1495b", "#edae49", "#3f8f5b", "#7b5ea7", "#555555"];

    private readonly StringBuilder _grid = new();
    private readonly StringBuilder _lines = new();
    private int _series;

    /// <summary>A vertical grid line with its label, at a position from 0 (left) to 1.</summary>
    public void MarkX(double at, string label)
    {
        double x = Left + (at * Width);
        Append(_grid, $"<path class='g' d='M{x:0.#} {Top}v{Height}'/><text x='{x:0.#}' y='{Top + Height + 16}' text-anchor='middle'>{label}</text>");
    }

    /// <summary>A horizontal grid line with its label, at a position from 0 (bottom) to 1.</summary>
    public void MarkY(double at, string label)
    {
        double y = Top + ((1 - at) * Height);
        Append(_grid, $"<path class='g' d='M{Left} {y:0.#}h{Width}'/><text x='{Left - 6}' y='{y + 4:0.#}' text-anchor='end'>{label}</text>");
    }

    /// <summary>A line with its name in the legend; points from (0,0) bottom left to (1,1).</summary>
    public void Line(string name, IEnumerable<(double X, double Y)> points)
    {
        string colour = Colours[_series % Colours.Length];
        string path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture,
            $"{Left + (Math.Clamp(point.X, 0, 1) * Width):0.#},{Top + ((1 - Math.Clamp(point.Y, 0, 1)) * Height):0.#}")));
        double legend = Left + 260 + (_series * 115);
        Append(_lines, $"<polyline fill='none' stroke='{colour}' stroke-width='1.8' points='{path}'/>");
        Append(_lines, $"<path d='M{legend} {Top - 18}h18' stroke='{colour}' stroke-width='3'/>");
        Append(_lines, $"<text x='{legend + 23}' y='{Top - 14}'>{System.Net.WebUtility.HtmlEncode(name)}</text>");
        _series++;
    }

    /// <summary>The SVG element.</summary>
    public override string ToString()
    {
        var svg = new StringBuilder();
        Append(svg, $"<svg viewBox='0 0 {Left + Width + 30} {Top + Height + 30}' role='img' aria-label='{System.Net.WebUtility.HtmlEncode(title)}'>");
        Append(svg, $"<text x='{Left}' y='20' class='t'>{System.Net.WebUtility.HtmlEncode(title)}</text>{_grid}");
        Append(svg, $"<rect x='{Left}' y='{Top}' width='{Width}' height='{Height}' fill='none' stroke='#888'/>{_lines}</svg>");
        return svg.ToString();
    }

    private static void Append(StringBuilder builder, FormattableString text) => builder.Append(text.ToString(CultureInfo.InvariantCulture));
}
