using System.Buffers;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// Edits of a JSON request body (P/request-transformer transform_json_body): values are texts; an empty body counts as an empty object to add to and
/// append to; a body that is not an object stays as it is. Stateless.
/// </summary>
internal static class JsonBodyEditor
{
    public static BodyEditOutcome Edit<THeaders>(
        ArgumentEditPlan plan, ReadOnlySpan<byte> body, scoped in TemplateFacts facts, ref THeaders headers, IBufferWriter<byte> output)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        JsonObjectBody? document = body.IsEmpty ? JsonObjectBody.Empty : JsonObjectBody.Read(body);
        if (document is null || (body.IsEmpty && plan.Add.Length == 0 && plan.Append.Length == 0))
        {
            return BodyEditOutcome.Unchanged;
        }

        if (!body.IsEmpty)
        {
            foreach (byte[] name in plan.Remove)
            {
                document.Remove(name);
            }

            foreach ((byte[] old, byte[] renamed) in plan.Rename)
            {
                document.Rename(old, renamed);
            }

            foreach (ArgumentEdit edit in plan.Replace)
            {
                if (document.Has(edit.Name))
                {
                    document.Set(edit.Name, Render(edit, facts, ref headers));
                }
            }
        }

        foreach (ArgumentEdit edit in plan.Add)
        {
            if (!document.Has(edit.Name))
            {
                document.Set(edit.Name, Render(edit, facts, ref headers));
            }
        }

        foreach (ArgumentEdit edit in plan.Append)
        {
            document.Append(edit.Name, Render(edit, facts, ref headers));
        }

        document.Write(output);
        return BodyEditOutcome.Changed;
    }

    private static byte[] Render<THeaders>(ArgumentEdit edit, scoped in TemplateFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ScratchBuffer rendered = default;
        edit.Value.Render(facts, ref headers, ref rendered);
        byte[] json = JsonObjectBody.Quote(rendered.Written);
        rendered.Dispose();
        return json;
    }
}
