using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Admin.Schemas;

/// <summary>URLs as text. Pure.</summary>
internal static class UrlText
{
    /// <summary>The URL with a mask in place of <c>user:password</c> and of the query, where collectors take their tokens.</summary>
    public static string WithoutSecrets(string url)
    {
        int query = url.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0)
        {
            return WithoutSecrets(url[..query]) + "?" + Secret.Mask;
        }

        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        return WithoutUserInfo(url, scheme < 0 ? 0 : scheme + 3);
    }

    /// <summary>The text with a mask in place of <c>user:password</c> if it is a URL that has it.</summary>
    public static string WithoutUserInfo(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        return scheme <= 0 ? text : WithoutUserInfo(text, scheme + 3);
    }

    private static string WithoutUserInfo(string url, int start)
    {
        int end = url.AsSpan(start).IndexOfAny('/', '?', '#');
        int at = url.AsSpan(start, end < 0 ? url.Length - start : end).LastIndexOf('@');
        return at < 0 ? url : string.Concat(url.AsSpan(0, start), Secret.Mask, url.AsSpan(start + at));
    }
}
