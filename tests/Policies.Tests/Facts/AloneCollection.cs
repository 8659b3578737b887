namespace VoltageSoda.Edge.Policies.Tests.Facts;

/// <summary>Tests that weigh the memory of the process: nothing else may run beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
