using System.CommandLine;
using System.CommandLine.Parsing;

namespace VoltageSoda.Edge.Cli;

/// <summary>Keeps a mistyped option from being taken for an argument. Stateless.</summary>
internal static class Words
{
    /// <summary>Refuses values that look like a long option.</summary>
    public static void RefuseOptions(Argument argument) => argument.Validators.Add(static result =>
    {
        foreach (Token token in result.Tokens)
        {
            if (token.Value.StartsWith("--", StringComparison.Ordinal))
            {
                result.AddError($"{token.Value}: there is no such option.");
            }
        }
    });
}
