namespace PluginUpgrade;

/// <summary>Suggests the word that was probably meant by a mistyped one.</summary>
public static class NearestWord
{
    /// <returns>
    /// The nearest known word; null where all differ in more than two letters, or in more than half of the known word's letters.
    /// </returns>
    public static string? Of(string word, IEnumerable<string> known) => known.Distinct()
        .Select(one => (Word: one, Distance: Distance(one.ToUpperInvariant(), word.ToUpperInvariant())))
        .Where(candidate => candidate.Distance <= 2 && candidate.Distance * 2 <= candidate.Word.Length)
        .OrderBy(candidate => candidate.Distance).FirstOrDefault().Word;

    /// <summary>The number of letters to change, add, remove or swap with a neighbour (Damerau–Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            for (var j = 0; j <= b.Length; j++)
                cost[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1,
                    Math.Min(
                        cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1),
                        i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] ? cost[i - 2, j - 2] + 1 : int.MaxValue));
        return cost[a.Length, b.Length];
    }
}
