using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace VoltageSoda.Edge.Admin.Entities;

/// <summary>
/// <c>?size=&amp;offset=&amp;tags=</c> of a list (<c>kong/api/endpoints.lua</c>, <c>kong/db/dao/init.lua</c>). Immutable.
/// </summary>
internal sealed class PageQuery
{
    private const int DefaultSize = 100;
    private const int LargestSize = 1000;

    private readonly string[] _tags;
    private readonly bool _anyTag;

    private PageQuery(int size, int start, string[] tags, bool anyTag)
    {
        Size = size;
        Start = start;
        _tags = tags;
        _anyTag = anyTag;
    }

    /// <summary>Entities on a page, 1 to 1000.</summary>
    public int Size { get; }

    /// <summary>Position of the first one among those that match.</summary>
    public int Start { get; }

    /// <summary>Reads the query; null when it was refused, and then the answer has been given to <paramref name="refusal"/>.</summary>
    public static PageQuery? Read(HttpContext context, bool hasTags, out Task refusal)
    {
        refusal = Task.CompletedTask;
        IQueryCollection query = context.Request.Query;
        int size = DefaultSize;
        if (query.TryGetValue("size", out var sizes))
        {
            if (!double.TryParse(sizes[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            {
                refusal = ApiError.InvalidSizeAsync(context, "size must be a number");
                return null;
            }

            if (number != Math.Floor(number) || number is < 1 or > LargestSize)
            {
                refusal = ApiError.InvalidSizeAsync(context, $"size must be an integer between 1 and {LargestSize}");
                return null;
            }

            size = (int)number;
        }

        int start = 0;
        if (query.TryGetValue("offset", out var offsets) && !TryPosition(offsets[0] ?? "", out start, out string reason))
        {
            refusal = ApiError.InvalidOffsetAsync(context, offsets[0] ?? "", reason);
            return null;
        }

        string[] tags = [];
        bool anyTag = false;
        if (hasTags && query.TryGetValue("tags", out var filters))
        {
            string filter = filters[0] ?? "";
            anyTag = filter.Contains('/');
            tags = filter.Split(anyTag ? '/' : ',');
            if (anyTag && filter.Contains(',') || Array.Exists(tags, static tag => tag.Length == 0 || tag.Any(char.IsControl)))
            {
                refusal = ApiError.InvalidOptionAsync(context, "tags", "invalid filter syntax");
                return null;
            }
        }

        return new PageQuery(size, start, tags, anyTag);
    }

    /// <summary>True when an entity with these labels is asked for.</summary>
    public bool Matches(IReadOnlyList<string> labels) =>
        _tags.Length == 0 || (_anyTag ? _tags.Any(labels.Contains) : _tags.All(labels.Contains));

    /// <summary>The opaque text that continues at a position: base64 without padding, as Kong's.</summary>
    public static string Offset(int position) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(position.ToString(CultureInfo.InvariantCulture))).TrimEnd('=');

    private static bool TryPosition(string offset, out int position, out string reason)
    {
        position = 0;
        reason = "bad base64 encoding";
        Span<byte> bytes = stackalloc byte[24];
        if (offset.Length is 0 or > 24 || offset.Contains(' ')
            || !Convert.TryFromBase64String(offset.PadRight((offset.Length + 3) / 4 * 4, '='), bytes, out int length))
        {
            return false;
        }

        reason = "invalid offset";
        return int.TryParse(bytes[..length], NumberStyles.None, CultureInfo.InvariantCulture, out position);
    }
}
