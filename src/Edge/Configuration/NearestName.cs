namespace VoltageSoda.Edge.Configuration;

/// <summary>Finds the name that somebody meant, by edit distance (Levenshtein, ignoring case). Pure.</summary>
internal static class NearestName
{
    private const int LongestCompared = 128;

    /// <summary>The closest candidate, or null when none is close: at most two edits, or a third of a longer name.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        if (name.Length > LongestCompared)
        {
            return null;
        }

        foreach (string candidate in candidates)
        {
            int distance = Distance(name, candidate);
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return bestDistance <= Math.Max(2, name.Length / 3) ? best : null;
    }

    /// <summary>Edits between two names, ignoring case.</summary>
    public static int Distance(string left, string right)
    {
        if (right.Length > LongestCompared)
        {
            return int.MaxValue;
        }

        Span<int> row = stackalloc int[right.Length + 1];
        for (int j = 0; j <= right.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int substitution = diagonal + (char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
