using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace PluginUpgrade.Settings;

/// <summary>
/// One layer of the settings. It finds sections in a sorted list of its keys: the library's own providers search all keys for each section,
/// which takes ten seconds with ten thousand instances.
/// </summary>
public sealed class SettingsLayer : ConfigurationProvider
{
    private readonly Func<string, string> _originOf;
    private readonly IReadOnlySet<string> _arrays;
    private string[] _keys = [];

    private SettingsLayer(IDictionary<string, string?> values, IReadOnlySet<string> arrays, Func<string, string> originOf)
    {
        (_arrays, _originOf) = (arrays, originOf);
        Data = new Dictionary<string, string?>(values, StringComparer.OrdinalIgnoreCase);
        Index();
    }

    /// <exception cref="Exception">
    /// FormatException, JsonException, IOException, UnauthorizedAccessException: the file cannot be read.
    /// </exception>
    public static SettingsLayer OfFile(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var file = new FileKeys(new MemoryStream(bytes));
        HashSet<string> arrays = new(StringComparer.OrdinalIgnoreCase);
        using var text = new StreamReader(new MemoryStream(bytes));
        using var document = JsonDocument.Parse(
            text.ReadToEnd(), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        FindArrays(document.RootElement, "", arrays);
        return new SettingsLayer(file.Loaded, arrays, _ => Path.GetFileName(path));
    }

    public static SettingsLayer OfEnvironment(string prefix) => new(new EnvironmentKeys(prefix).Loaded, new HashSet<string>(),
        key => $"environment variable {prefix}{key.Replace(":", "__", StringComparison.Ordinal)}");

    public static SettingsLayer OfArguments(IEnumerable<string> arguments) =>
        new(new ArgumentKeys(arguments).Loaded, new HashSet<string>(), _ => "command line");

    /// <summary>Where a key of this layer is written, for messages.</summary>
    public string OriginOf(string key) => _originOf(key);

    /// <summary>Lets the last layer that names a list define all of it. The library would merge the lists entry by entry.</summary>
    /// <param name="layers">Later ones override earlier ones.</param>
    /// <param name="lists">Keys that are lists whatever their form; arrays in files are lists too.</param>
    public static void KeepLastLists(IReadOnlyList<SettingsLayer> layers, IEnumerable<string> lists)
    {
        foreach (var list in lists.Concat(layers.SelectMany(layer => layer._arrays)).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var naming = layers.Where(layer => layer.Names(list)).ToList();
            foreach (var earlier in naming.SkipLast(1)) earlier.Hide(list);
        }
    }

    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
    {
        var prefix = parentPath is null ? "" : $"{parentPath}{ConfigurationPath.KeyDelimiter}";
        List<string> children = [.. earlierKeys];
        for (var i = First(prefix); i < _keys.Length && IsBelow(_keys[i], prefix); i++)
        {
            var end = _keys[i].IndexOf(ConfigurationPath.KeyDelimiter, prefix.Length, StringComparison.Ordinal);
            children.Add(end < 0 ? _keys[i][prefix.Length..] : _keys[i][prefix.Length..end]);
        }
        children.Sort(ConfigurationKeyComparer.Instance);
        return children;
    }

    private bool Names(string key)
    {
        var prefix = $"{key}{ConfigurationPath.KeyDelimiter}";
        return Data.ContainsKey(key) || (First(prefix) is var i && i < _keys.Length && IsBelow(_keys[i], prefix));
    }

    private void Hide(string key)
    {
        var prefix = $"{key}{ConfigurationPath.KeyDelimiter}";
        foreach (var below in _keys.Where(one => IsBelow(one, prefix))) Data.Remove(below);
        Data.Remove(key);
        Index();
    }

    private void Index() => _keys = [.. Data.Keys.Order(StringComparer.OrdinalIgnoreCase)];

    private int First(string prefix) =>
        Array.BinarySearch(_keys, prefix, StringComparer.OrdinalIgnoreCase) is var i && i < 0 ? ~i : i;

    private static bool IsBelow(string key, string prefix) => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);

    private static void FindArrays(JsonElement element, string path, HashSet<string> arrays)
    {
        if (element.ValueKind == JsonValueKind.Array) arrays.Add(path);
        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var property in element.EnumerateObject())
            FindArrays(property.Value, path.Length == 0 ? property.Name : ConfigurationPath.Combine(path, property.Name), arrays);
    }

    private sealed class FileKeys(Stream stream) : JsonStreamConfigurationProvider(new JsonStreamConfigurationSource { Stream = stream })
    {
        public IDictionary<string, string?> Loaded
        {
            get
            {
                Load();
                return Data;
            }
        }
    }

    private sealed class EnvironmentKeys(string prefix) : EnvironmentVariablesConfigurationProvider(prefix)
    {
        public IDictionary<string, string?> Loaded
        {
            get
            {
                Load();
                return Data;
            }
        }
    }

    private sealed class ArgumentKeys(IEnumerable<string> arguments) : CommandLineConfigurationProvider(arguments)
    {
        public IDictionary<string, string?> Loaded
        {
            get
            {
                Load();
                return Data;
            }
        }
    }
}
