using System.Text;
using System.Text.Json.Nodes;

namespace PluginUpgrade.FaultTests.HostileInput;

/// <summary>One mistake in a good krang-upgrade.json, of those that people and programs make.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="How">What was done.</param>
/// <param name="Code">What must be told of it; null where only the whole counts: no crash, and words for people.</param>
/// <param name="Key">The key that must be named.</param>
internal sealed record SettingsMutation(byte[] Bytes, string How, string? Code = null, string? Key = null)
{
    public const string Canary = "canary-7Qz", MisspeltKey = "a misspelt key";

    private const string Good = $$"""
        {
          "Installation": {
            "Name": "krang", "Database": "Host=/nowhere;Database=krang;Username=krang;Password={{Canary}}",
            "Schema": "main", "Modules": "upgrade", "Payload": "payload"
          },
          "Instances": {
            "acme": { "Schema": "acme", "Active": true },
            "globex": { "Database": "Database=globex", "Schema": "g", "Labels": { "ring": "canary" } },
            "initech": { "Database": "Host=/elsewhere", "Active": false }
          },
          "Discover": { "Query": "SELECT name FROM accounts" },
          "Run": {
            "Parallel": 8, "PerServer": 4, "LockTimeout": "00:00:05", "ConnectTimeout": "00:00:15", "StepTimeout": "01:00:00",
            "StepTimeouts": { "V1_002": "02:00:00" }, "SearchPath": [ "ext", "tools" ], "StopAfterFailures": 3
          },
          "Log": { "Keep": 20 },
          "Postgres": { "Bin": "/usr/lib/postgresql/15/bin" },
          "Modules": { "V1_004": { "Anything": { "at": [ "all", 1, null ] } } }
        }
        """;

    private static readonly string[] Numbers = ["Run:Parallel", "Run:PerServer", "Run:StopAfterFailures", "Log:Keep"];
    private static readonly string[] Durations = ["Run:LockTimeout", "Run:ConnectTimeout", "Run:StepTimeout", "Run:StepTimeouts:V1_002"];
    private static readonly string[] Schemas = ["Installation:Schema", "Instances:acme:Schema", "Instances:globex:Schema"];
    private static readonly string[] Databases = ["Installation:Database", "Instances:globex:Database", "Instances:initech:Database"];
    private static readonly string[] Flags = ["Instances:acme:Active", "Instances:initech:Active"];
    private static readonly string[] Misspelt =
    [
        "Installation", "Instances", "Discover", "Run", "Log", "Postgres", "Modules", "Installation:Database", "Installation:Schema",
        "Instances:acme:Schema", "Instances:globex:Labels", "Run:Parallel", "Run:LockTimeout", "Log:Keep", "Discover:Query", "Postgres:Bin",
    ];

    private static readonly string[] NoNumbers =
        ["0", "-1", "1.5", "1e3", "99999999999999999999", "many", "0x10", "½", "٣", "NaN", "1 000", "'4'", "4;", "true", "2147483648"];

    private static readonly string[] NoDurations =
    [
        "5", "0", "00:00:00", "-00:00:05", "0s", "5 weeks", "25h", "00:99:00", "99999.00:00:00", "1.00:00:01",
        "soon", "12:00 PM", "∞", "PT5S", "::",
    ];

    private static readonly string[] NoSchemas =
        ["pg_catalog", "pg_x", "information_schema", "a\nb", "a\0", new string('x', 64), "\u001b[2J"];

    private static readonly string[] NoDatabases =
    [
        "Hast=db", "Host=db;Port=x", "Host=db;Port=99999999999", "=", "Host", "Host=db;;;=;", "Host='db", "postgres://krang@db:port/krang",
        $"Host=db;Database={new string('d', 64)}", "Host=db;SSL Mode=perhaps", "Host=db;Timeout=-5",
    ];

    public static SettingsMutation Of(Random random)
    {
        var root = JsonNode.Parse(Good)!.AsObject();
        switch (random.Next(12))
        {
            case 0:
                return Set(root, Numbers, Pick(NoNumbers), "KU-1005", "no number");
            case 1:
                return Set(root, Durations, Pick(NoDurations), "KU-1005", "no duration");
            case 2:
                return Set(root, Flags, Pick(["1", "yes", "on", "tru", "0"]), "KU-1005", "no truth value");
            case 3:
                return Set(root, Schemas, Pick(NoSchemas), "KU-1008", "no schema");
            case 4:
                return Set(root, Databases, Pick(NoDatabases), "KU-1006", "no connection string");
            case 5:
                return Misspell();
            case 6:
                return Name();
            case 7:
                return Set(root, [.. Numbers, .. Durations, .. Schemas, .. Databases, .. Flags, "Discover:Query", "Installation:Name"],
                    new JsonObject { ["x"] = Canary }, null, "an object for a value");
            case 8:
                return Drop();
            case 9:
                return Raw(Damaged(Encoding.UTF8.GetBytes(root.ToJsonString())), "damaged bytes");
            case 10:
                return Raw(Odd(), "an odd file");
            default:
                return Set(root, [.. Numbers, .. Durations, .. Schemas, .. Databases, .. Flags, "Discover:Query", "Run:SearchPath"],
                    Any(), null, "any value");
        }

        T Pick<T>(T[] values) => values[random.Next(values.Length)];

        SettingsMutation Set(JsonObject at, string[] keys, JsonNode? value, string? code, string how)
        {
            var key = Pick(keys);
            var parts = key.Split(':');
            JsonNode parent = at;
            foreach (var part in parts[..^1]) parent = parent[part]!;
            parent[parts[^1]] = value;
            return new SettingsMutation(Encoding.UTF8.GetBytes(at.ToJsonString()), how, code, key);
        }

        SettingsMutation Misspell()
        {
            var key = Pick(Misspelt);
            var parts = key.Split(':');
            var parent = parts[..^1].Aggregate<string, JsonNode>(root, (node, part) => node[part]!).AsObject();
            var word = parts[^1];
            var at = random.Next(1, word.Length);
            var wrong = word[..at] + (random.Next(2) == 0 ? "" : "q") + word[(at + random.Next(2))..];
            if (wrong == word) wrong += "q";
            var value = parent[word];
            parent.Remove(word);
            parent[wrong] = value;
            var path = string.Join(':', [.. parts[..^1], wrong]);
            return new SettingsMutation(Encoding.UTF8.GetBytes(root.ToJsonString()), MisspeltKey, "KU-1004", path);
        }

        SettingsMutation Name()
        {
            var name = HostileNames.Random(random);
            root["Instances"]![name] = new JsonObject { ["Schema"] = "x" };
            return Raw(Encoding.UTF8.GetBytes(root.ToJsonString()), "a hostile name of an instance");
        }

        SettingsMutation Drop()
        {
            var section = root[Pick([.. root.Select(entry => entry.Key)])]!.AsObject();
            if (random.Next(2) == 0 && section.Count > 0) section.Remove(Pick([.. section.Select(entry => entry.Key)]));
            else root.Remove(Pick([.. root.Select(entry => entry.Key)]));
            return Raw(Encoding.UTF8.GetBytes(root.ToJsonString()), "something left out");
        }

        JsonNode? Any() => random.Next(9) switch
        {
            0 => null,
            1 => true,
            2 => random.NextDouble() * 1e30,
            3 => "",
            4 => " ",
            5 => new string('x', random.Next(1, 100_000)),
            6 => new JsonArray("a", "b"),
            7 => HostileNames.Random(random),
            _ => new JsonArray(),
        };

        byte[] Damaged(byte[] bytes)
        {
            for (var times = random.Next(1, 5); times > 0; times--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            return random.Next(3) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
        }

        byte[] Odd() => random.Next(8) switch
        {
            0 => [],
            1 => "[]"u8.ToArray(),
            2 => "null"u8.ToArray(),
            3 => "\"text\""u8.ToArray(),
            4 => Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Good)).ToArray(),
            5 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 2000)) + "1" + new string('}', 2000)),
            6 => Encoding.UTF8.GetBytes(Good.Replace("\"Log\"", "\"Run\"", StringComparison.Ordinal)),
            _ => Encoding.UTF8.GetBytes("Installation:\n  Name: krang\n"),
        };

        static SettingsMutation Raw(byte[] bytes, string how) => new(bytes, how);
    }
}
