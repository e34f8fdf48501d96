using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace PluginUpgrade.Settings;

/// <summary>
/// A settings file whose sections are found by a sorted list of its keys. The provider that it is made of goes through all keys for each
/// section: with ten thousand instances that is ten seconds.
/// </summary>
internal sealed class IndexedJsonFile : JsonConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new Provider(this);
    }

    private sealed class Provider(JsonConfigurationSource source) : JsonConfigurationProvider(source)
    {
        private string[] _keys = [];

        public override void Load(Stream stream)
        {
            base.Load(stream);
            _keys = [.. Data.Keys.Order(StringComparer.OrdinalIgnoreCase)];
        }

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            var prefix = parentPath is null ? "" : $"{parentPath}{ConfigurationPath.KeyDelimiter}";
            var first = Array.BinarySearch(_keys, prefix, StringComparer.OrdinalIgnoreCase);
            List<string> children = [.. earlierKeys];
            for (var i = first < 0 ? ~first : first; i < _keys.Length && IsBelow(_keys[i]); i++)
            {
                var end = _keys[i].IndexOf(ConfigurationPath.KeyDelimiter, prefix.Length, StringComparison.Ordinal);
                children.Add(end < 0 ? _keys[i][prefix.Length..] : _keys[i][prefix.Length..end]);
            }
            children.Sort(ConfigurationKeyComparer.Instance);
            return children;

            bool IsBelow(string key) => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
        }
    }
}
