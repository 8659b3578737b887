using System.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>Kinds of body that request-transformer edits.</summary>
internal enum BodyForm
{
    Other,
    Json,
    Multipart,
    UrlEncoded,
}

/// <summary>Tells the kind of body from Content-Type as Kong does: by substring, without regard to case. Stateless, no allocation.</summary>
internal static class BodyForms
{
    public static BodyForm Of(ReadOnlySpan<byte> contentType)
    {
        if (Contains(contentType, "application/json"u8))
        {
            return BodyForm.Json;
        }

        if (Contains(contentType, "multipart/form-data"u8))
        {
            return BodyForm.Multipart;
        }

        return Contains(contentType, "application/x-www-form-urlencoded"u8) ? BodyForm.UrlEncoded : BodyForm.Other;
    }

    public static bool Contains(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part)
    {
        for (int i = 0; i + part.Length <= text.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(text.Slice(i, part.Length), part))
            {
                return true;
            }
        }

        return false;
    }
}
