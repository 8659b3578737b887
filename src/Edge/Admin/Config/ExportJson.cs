using System.Text.Json.Serialization;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>Writes strings without reflection.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class ExportJson : JsonSerializerContext;
