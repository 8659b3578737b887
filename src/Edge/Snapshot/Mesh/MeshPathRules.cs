using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>How Gateway listeners make paths canonical (<c>meshConfig.pathNormalization</c>).</summary>
/// <param name="MergeSlashes">Slashes in a row become one.</param>
/// <param name="Slashes">What becomes of escaped ones.</param>
/// <param name="Decodes">Escaped slashes are decoded and the request goes on, instead of sending the client to the decoded path.</param>
internal readonly record struct MeshPathRules(bool MergeSlashes, EscapedSlashes Slashes, bool Decodes)
{
    /// <summary>
    /// The rules of a mesh. One that says nothing has those of the settings; one that does has Istio's, though <c>NONE</c> stands for <c>BASE</c>:
    /// what is routed and what is sent must be one path. <c>EDGE_ESCAPED_SLASHES</c> holds where it is set.
    /// </summary>
    public static MeshPathRules Of(PathNormalization? written, ServingOptions options) => written switch
    {
        null => new(options.MergeSlashes, options.EscapedSlashes, false),
        PathNormalization.DecodeAndMergeSlashes when !options.FixesEscapedSlashes => new(true, EscapedSlashes.Redirect, true),
        var form => new(
            form is PathNormalization.MergeSlashes or PathNormalization.DecodeAndMergeSlashes,
            options.FixesEscapedSlashes ? options.EscapedSlashes : EscapedSlashes.Keep,
            false),
    };
}
