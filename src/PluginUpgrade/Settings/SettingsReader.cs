using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace PluginUpgrade.Settings;

/// <summary>Turns layered configuration into <see cref="HostSettings"/>, or into the list of everything that is wrong with it.</summary>
public sealed class SettingsReader
{
    private readonly IConfigurationRoot _configuration;
    private readonly List<Problem> _problems;

    private SettingsReader(IConfigurationRoot configuration, IReadOnlyList<Problem> problems) =>
        (_configuration, _problems) = (configuration, [.. problems]);

    /// <returns>The settings, with defaults for what could not be read; usable only if no problem is an error.</returns>
    public static (HostSettings Settings, IReadOnlyList<Problem> Problems) Read(
        string root, string? file = null, string? modules = null, IReadOnlyList<string>? arguments = null)
    {
        root = Path.GetFullPath(root);
        var (configuration, problems) = SettingsSources.Read(root, file, arguments ?? []);
        if (!Directory.Exists(root)) problems = [SettingsProblem.NoRoot(root)];
        var reader = new SettingsReader(configuration, problems);
        reader._problems.AddRange(KnownKeys.Unknown(configuration));
        if (SessionEncoding.IsOther(Environment.GetEnvironmentVariable(SessionEncoding.Variable)))
            reader._problems.Add(SettingsProblem.OtherEncoding(SessionEncoding.Variable, "environment", SessionEncoding.Variable));
        return (reader.Settings(root, modules), reader._problems);
    }

    private HostSettings Settings(string root, string? modules) => new()
    {
        Root = root,
        Installation = new InstallationSettings(
            Text("Installation:Name") ?? Path.GetFileName(root),
            ConnectionString("Installation:Database", complete: true),
            Schema("Installation:Schema") ?? "public",
            modules is not null ? Path.GetFullPath(modules) : Place("Installation:Modules", root, "upgrade"),
            Place("Installation:Payload", root, "payload"))
        {
            Embedded = Embedded(),
        },
        Instances = [.. _configuration.GetSection("Instances").GetChildren().Select(Instance).OrderBy(i => i.Name, StringComparer.Ordinal)],
        DiscoverQuery = Text("Discover:Query"),
        DiscoverServers = List("Discover:AllowServers"),
        Run = Run(),
        PayloadKeep = PayloadKeep(),
        Check = Check(),
        Hooks = new OperatorHooks(Hook("Hooks:Before"), Hook("Hooks:After"), Hook("Hooks:OnFailure")),
        KeepLogs = Number("Log:Keep", 50, 1, 100_000),
        Save = new SaveSettings(
            Place("Save:Directory", root, "data/upgrade-saves"), Number("Save:SchemasPerArchive", 100, 1, 1000)),
        PostgresBin = Text("Postgres:Bin") is null ? null : Place("Postgres:Bin", root, ""),
        ModuleCopies = Text("Modules:CopyDirectory") is null ? null : Place("Modules:CopyDirectory", root, ""),
        Modules = _configuration.GetSection("Modules"),
    };

    private RunSettings Run()
    {
        var parallel = Number("Run:Parallel", 2 * Environment.ProcessorCount, 1, 1000);
        return new RunSettings
        {
            Parallel = parallel,
            PerServer = Number("Run:PerServer", parallel, 1, 1000),
            LockTimeout = Duration("Run:LockTimeout", TimeSpan.FromSeconds(5)),
            ConnectTimeout = Duration("Run:ConnectTimeout", TimeSpan.FromSeconds(15)),
            ReconnectWithin = Duration("Run:ReconnectWithin", TimeSpan.FromMinutes(1)),
            KeepAlive = Duration("Run:KeepAlive", TimeSpan.FromSeconds(15)),
            CatchUpWithin = Duration("Run:CatchUpWithin", TimeSpan.FromMilliseconds(50)),
            SmallTable = Size("Run:SmallTable", 10L << 20),
            StepTimeout = Text("Run:StepTimeout") is null ? null : Duration("Run:StepTimeout", TimeSpan.Zero),
            StepTimeouts = _configuration.GetSection("Run:StepTimeouts").GetChildren()
                .ToDictionary(module => module.Key, module => Duration(module.Path, TimeSpan.MaxValue), StringComparer.OrdinalIgnoreCase),
            SearchPath = SearchPath(),
            StopAfterFailures = StopAfterFailures(),
            Save = Rule("Run:Save", SaveRule.Auto, "auto, always or never"),
            Ask = Rule("Run:Ask", AskRule.Irreversible, "always, irreversible or never"),
            RefuseWhenConnected = List("Run:RefuseWhenConnected"),
            Waves = [.. Waves()],
            Gates = [.. Gates()],
        };
    }

    /// <summary>By its name; a number is not accepted.</summary>
    private T Rule<T>(string key, T otherwise, string allowed) where T : struct, Enum
    {
        if (Text(key) is not { } text) return otherwise;
        if (text.All(char.IsAsciiLetter) && Enum.TryParse<T>(text, ignoreCase: true, out var rule)) return rule;
        _problems.Add(SettingsProblem.BadValue(key, Origin(key), allowed));
        return otherwise;
    }

    private CountOrPercent? StopAfterFailures()
    {
        if (Text("Run:StopAfterFailures") is not { } text) return null;
        if (CountOrPercent.TryParse(text, out var amount)) return amount;
        _problems.Add(SettingsProblem.BadValue("Run:StopAfterFailures", Origin("Run:StopAfterFailures"),
            "a whole number above zero, or a share such as 5 %"));
        return null;
    }

    private IEnumerable<WaveSetting> Waves()
    {
        foreach (var text in List("Run:Waves"))
            if (WaveSetting.TryParse(text, out var wave)) yield return wave;
            else
                _problems.Add(SettingsProblem.BadValue("Run:Waves", $"'{text}'",
                    "a label (ring=canary), a whole number above zero, a share of at most 100 % (10 %), or all"));
    }

    /// <summary>The cheaper gate first.</summary>
    private IEnumerable<WaveGate> Gates()
    {
        var limit = Duration("Run:Gate:Timeout", TimeSpan.FromMinutes(5));
        if (Text("Run:Gate:Query") is { } query) yield return new WaveGate(query, null, limit);
        if (Text("Run:Gate:Command") is { } command) yield return new WaveGate(null, command, limit);
    }

    private CheckSettings Check()
    {
        var defaults = new CheckSettings();
        var lag = defaults.ReplicationLag;
        if (Text("Check:ReplicationLag") is { } text && !Lag.TryParse(text, out lag))
            _problems.Add(SettingsProblem.BadValue("Check:ReplicationLag", Origin("Check:ReplicationLag"),
                $"{Quantity.DurationExample}, or a size such as 64MB"));
        return new CheckSettings { LongTransaction = Duration("Check:LongTransaction", defaults.LongTransaction), ReplicationLag = lag };
    }

    /// <summary>A command, or a section with one and its time limit.</summary>
    private OperatorHook? Hook(string key)
    {
        var section = _configuration.GetSection(key);
        var limit = Duration($"{key}:Timeout", TimeSpan.FromMinutes(5));
        if (!section.GetChildren().Any()) return Text(key) is { } command ? new OperatorHook(command, limit) : null;
        if (section.Value is null && Text($"{key}:Command") is { } own) return new OperatorHook(own, limit);
        _problems.Add(SettingsProblem.BadValue(key, Origin(key), section.Value is null
            ? "a command, or a section with a Command" : "either a command or a section with a Command"));
        return null;
    }

    private InstanceSettings Instance(IConfigurationSection section)
    {
        if (InstanceName.Fault(section.Key) is { } fault) _problems.Add(SettingsProblem.BadInstanceName(section.Path, fault));
        var labels = section.GetSection("Labels").GetChildren().ToList();
        var instance = new InstanceSettings(
            section.Key,
            ConnectionString($"{section.Path}:Database", complete: false),
            Schema($"{section.Path}:Schema"),
            labels.Count == 0 ? InstanceSettings.NoLabels
                : labels.ToDictionary(label => label.Key, label => label.Value ?? "", StringComparer.OrdinalIgnoreCase),
            Boolean($"{section.Path}:Active", fallback: true));
        _problems.AddRange(Problem.Optional(instance.ReservedName is { } name ? SettingsProblem.ReservedName(section.Path, name) : null));
        return instance;
    }

    private string[] PayloadKeep()
    {
        if (!_configuration.GetSection("Payload:Keep").Exists()) return ["krang-upgrade*.json", "conf/**", "data/**"];
        var globs = List("Payload:Keep");
        if (globs.Any(glob => glob.Length == 0 || glob.StartsWith('/') || glob.Split('/').Contains("..")))
            _problems.Add(SettingsProblem.BadValue("Payload:Keep", Origin("Payload:Keep"),
                "a list of paths from the root, with * for any letters of a name and ** for any directories"));
        return globs;
    }

    private string[] SearchPath()
    {
        var names = List("Run:SearchPath");
        foreach (var name in names)
            if (SchemaName.Fault(name, ofTarget: false) is { } fault) _problems.Add(SettingsProblem.BadSchema("Run:SearchPath", fault));
        return names;
    }

    /// <summary>A list, or one text with commas, as environment variables and the command line have it.</summary>
    private string[] List(string key)
    {
        var section = _configuration.GetSection(key);
        if (section.GetChildren().Any(child => child.GetChildren().Any()))
            _problems.Add(SettingsProblem.BadValue(key, Origin(key), "a list of texts"));
        return section.Value?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? [.. section.GetChildren().Select(child => child.Value ?? "")];
    }

    private string? ConnectionString(string key, bool complete)
    {
        if (Text(key) is not { } text) return null;
        if (DatabaseAddress.Fault(text, complete) is not { } fault)
        {
            var address = DatabaseAddress.ForNpgsql(text);
            if (SessionEncoding.Other(address) is { } part) _problems.Add(SettingsProblem.OtherEncoding(key, Origin(key), part));
            return address;
        }
        _problems.Add(SettingsProblem.BadConnectionString(key, Origin(key), fault));
        // Nothing of it may be used or shown.
        return null;
    }

    private bool? Embedded()
    {
        const string key = "Installation:Embedded", database = "Installation:Database";
        if (Text(key) is null) return null;
        var embedded = Boolean(key, fallback: false);
        if (embedded && Text(database) is not null) _problems.Add(SettingsProblem.TwoDatabases(Origin(key), Origin(database)));
        return embedded;
    }

    /// <summary>A file or directory, relative to the root.</summary>
    private string Place(string key, string root, string fallback)
    {
        var text = Text(key) ?? fallback;
        if (!text.Contains('\0')) return Path.GetFullPath(text, root);
        _problems.Add(SettingsProblem.BadValue(key, Origin(key), "a path"));
        return Path.GetFullPath(fallback, root);
    }

    private string? Schema(string key)
    {
        var name = Text(key);
        if (name is not null && SchemaName.Fault(name, ofTarget: true) is { } fault) _problems.Add(SettingsProblem.BadSchema(key, fault));
        return name;
    }

    private int Number(string key, int fallback, int least, int most)
    {
        if (Text(key) is not { } text) return fallback;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        _problems.Add(SettingsProblem.BadValue(key, Origin(key), $"a whole number from {least} to {most}"));
        return fallback;
    }

    private TimeSpan Duration(string key, TimeSpan fallback)
    {
        if (Text(key) is not { } text) return fallback;
        if (Quantity.TryDuration(text, out var duration) && duration <= TimeSpan.FromDays(1)) return duration;
        _problems.Add(SettingsProblem.BadValue(key, Origin(key), $"{Quantity.DurationExample}, above zero and at most a day"));
        return fallback;
    }

    private long Size(string key, long fallback)
    {
        if (Text(key) is not { } text) return fallback;
        if (Quantity.TrySize(text, out var bytes)) return bytes;
        _problems.Add(SettingsProblem.BadValue(key, Origin(key), "a size such as 10MB"));
        return fallback;
    }

    private bool Boolean(string key, bool fallback)
    {
        if (Text(key) is not { } text) return fallback;
        if (bool.TryParse(text, out var value)) return value;
        _problems.Add(SettingsProblem.BadValue(key, Origin(key), "true or false"));
        return fallback;
    }

    private string? Text(string key)
    {
        var section = _configuration.GetSection(key);
        if (section.Value is null && section.GetChildren().Any())
            _problems.Add(SettingsProblem.BadValue(key, Origin(key), "a single value"));
        return string.IsNullOrWhiteSpace(section.Value) ? null : section.Value;
    }

    private string Origin(string key) => SettingsSources.Origin(_configuration, key);
}
