using Microsoft.AspNetCore.Http;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>Reads a request body within a size and a time. Stateless.</summary>
internal static class BoundedBody
{
    /// <summary>The bytes; null with the status of the refusal (408 or 413) when they were too many or too slow.</summary>
    public static async Task<(byte[]? Bytes, int Refusal)> ReadAsync(HttpContext context, long limit, TimeSpan time, TimeProvider clock)
    {
        if (limit > 0 && context.Request.ContentLength > limit)
        {
            return (null, StatusCodes.Status413PayloadTooLarge);
        }

        using CancellationTokenSource late = new(time, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        MemoryStream body = new();
        byte[] block = new byte[64 * 1024];
        try
        {
            while (await context.Request.Body.ReadAsync(block, either.Token) is > 0 and int read)
            {
                if (limit > 0 && body.Length + read > limit)
                {
                    return (null, StatusCodes.Status413PayloadTooLarge);
                }

                body.Write(block, 0, read);
            }

            return (body.ToArray(), 0);
        }
        catch (BadHttpRequestException refused)
        {
            // Kestrel's own rules: what it lets in at all, the slowest rate, broken chunks.
            return (null, refused.StatusCode);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return (null, StatusCodes.Status408RequestTimeout);
        }
    }
}
