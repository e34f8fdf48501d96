using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginUpgrade.Harness;

/// <summary>
/// The names of properties in JSON documents, and of which kinds their values are: a line each, as <c>steps[].seconds: number</c>. One that
/// some objects do not have ends in <c>, optional</c>. Several documents have one shape together.
/// </summary>
/// <param name="maps">Properties whose objects have data for names, as labels: of those it is told what they hold.</param>
public sealed class JsonShape(params string[] maps)
{
    private readonly SortedDictionary<string, Seen> _seen = new(StringComparer.Ordinal);

    public void Add(JsonNode document) => Look("", document);

    public override string ToString() => string.Concat(
        from seen in _seen
        where seen.Key.Length > 0
        let parent = _seen[seen.Key[..Math.Max(0, seen.Key.LastIndexOf('.'))]]
        let optional = !seen.Key.EndsWith(']') && !seen.Key.EndsWith('*') && seen.Value.Times < parent.Objects ? ", optional" : ""
        select $"{seen.Key[1..]}: {string.Join(" or ", seen.Value.Kinds)}{optional}\n");

    private void Look(string path, JsonNode? node)
    {
        if (!_seen.TryGetValue(path, out var seen)) _seen[path] = seen = new Seen();
        seen.Times++;
        seen.Kinds.Add(KindOf(node));
        if (node is JsonObject members)
        {
            seen.Objects++;
            var isMap = maps.Any(map => path.EndsWith($".{map}", StringComparison.Ordinal));
            foreach (var (name, value) in members) Look($"{path}.{(isMap ? "*" : name)}", value);
        }
        if (node is JsonArray items)
            foreach (var item in items) Look($"{path}[]", item);
    }

    private static string KindOf(JsonNode? node) => node?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        { } kind => $"{kind}".ToLowerInvariant(),
    };

    private sealed class Seen
    {
        public int Times { get; set; }

        public int Objects { get; set; }

        public SortedSet<string> Kinds { get; } = new(StringComparer.Ordinal);
    }
}
