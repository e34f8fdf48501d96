using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Invariants;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>One trial's installation with the modules of tests/Modules/Counted in its drop folder, and the program to run in it.</summary>
public sealed class Fleet : IAsyncDisposable
{
    /// <summary>The part of the password to look for: however the rest is escaped, it stays as it is.</summary>
    public const string Canary = "canary-7Qz";

    private const string Password = $"{Canary}\"\\'x";

    private static readonly string[] PerInstance =
        ["V1_001", "V1_002", "V1_003", "V1_004", "V1_005", "V1_007", "V1_008"];

    private static readonly string[] PerInstallation = ["V1_001", "V1_003", "V1_004", "V1_005", "V1_006"];

    private readonly TempDirectory _directory = new();
    private Func<ExpectedTarget, bool> _isIn = _ => true;
    private readonly IReadOnlyDictionary<string, int> _instances;
    private SmallDisk? _disk;
    private readonly IReadOnlyList<UntouchedSchema> _untouched;

    internal Fleet(
        IReadOnlyDictionary<string, int> instances, string[] databases, IReadOnlyList<UntouchedSchema> untouched, string? likeRoot)
    {
        (_instances, Databases, _untouched) = (instances, databases, untouched);
        if (likeRoot is not null) CopyFiles(likeRoot, Root);
        else FleetFiles.Make(Root);
        Settings = new JsonObject
        {
            ["Installation"] = new JsonObject { ["Name"] = "fleet", ["Database"] = WithCanary(databases[0]) },
            ["Instances"] = new JsonObject { ["asleep"] = new JsonObject { ["Schema"] = "asleep", ["Active"] = false } },
            // Little waiting for the steps of others: a trial is to be short.
            // And no saves: their own tests look at them.
            ["Run"] = new JsonObject { ["Parallel"] = 3, ["Save"] = "never" },
        };
        foreach (var (name, database) in instances)
            Settings["Instances"]![name] = new JsonObject
            {
                ["Database"] = $"Database={new NpgsqlConnectionStringBuilder(databases[database]).Database}",
                ["Schema"] = FleetTemplate.SchemaOf(name),
            };
    }

    public string Root => _directory.Root;

    /// <summary>Connection strings; the installation's first.</summary>
    public IReadOnlyList<string> Databases { get; }

    public JsonObject Settings { get; }

    /// <summary>The last module that the run is to reach. Those after V1_006 run outside a transaction.</summary>
    public string Newest { get; set; } = "V1_006";

    /// <summary>Of the program; null takes a variable away.</summary>
    public Dictionary<string, string?> Environment { get; } = new() { ["PGPASSWORD"] = Password };

    public int Steps => Expectation.Targets.Sum(target => target.Modules.Count);

    public Expectation Expectation => new()
    {
        Root = Root,
        Targets = [.. Targets.Where(_isIn).Select(target => target with
        {
            Modules = [.. target.Modules.Where(module => string.CompareOrdinal(module, Newest) <= 0)],
        })],
        Untouched = _untouched,
        Canary = Canary,
        FilesAfter = FleetFiles.After,
    };

    /// <summary>A small plan: some of the instances, and the modules up to one of them.</summary>
    /// <param name="seconds">How long a step sleeps in its middle, as the server reads a number.</param>
    public void Narrow(IReadOnlyList<string> instances, string newest, string seconds)
    {
        foreach (var other in _instances.Keys.Where(name => !instances.Contains(name))) Settings["Instances"]!.AsObject().Remove(other);
        (_isIn, Newest) = (target => target.Scope == "installation" || instances.Contains(target.Name), newest);
        Hurry(seconds);
    }

    /// <summary>As the other: one instance, reached otherwise than the installation.</summary>
    /// <param name="address">What differs from the installation's connection string, besides the database.</param>
    public void Narrow(string instance, string address, string newest)
    {
        Narrow([instance], newest, seconds: "0");
        var database = new NpgsqlConnectionStringBuilder(Databases[_instances[instance]]).Database;
        Settings["Instances"]![instance]!["Database"] = $"Database={database};{address}";
    }

    /// <summary>Moves the root, with what is in it, onto a small disk of its own until the fleet is disposed.</summary>
    public SmallDisk MountRoot(int megabytes)
    {
        WriteSettings();
        using var aside = new TempDirectory();
        CopyFiles(Root, aside.Root);
        _disk = SmallDisk.TryMount(Root, megabytes) ?? throw new InvalidOperationException("This process may not mount.");
        CopyFiles(aside.Root, Root);
        return _disk;
    }

    /// <summary>Modules take no longer than their statements, and these seconds.</summary>
    public void Hurry(string seconds = "0") => Settings["Modules"] = new JsonObject(PerInstance.Union(PerInstallation)
        .Select(module => KeyValuePair.Create(module, (JsonNode?)new JsonObject { ["Seconds"] = seconds })));

    private IEnumerable<ExpectedTarget> Targets =>
        [
            new ExpectedTarget("installation", "installation", Databases[0], "public", PerInstallation),
            .. _instances.Select(instance =>
                new ExpectedTarget(instance.Key, "instance", Databases[instance.Value], FleetTemplate.SchemaOf(instance.Key), PerInstance)),
        ];

    public HostProcess Start(params string[] arguments)
    {
        WriteSettings();
        return HostProcess.Start([.. arguments, "--root", Root], Environment);
    }

    /// <summary>Starts the host of tests/FaultyHost.</summary>
    /// <param name="fault">What of tests/FaultyHost/SeededFault.cs is to happen: <c>KRANG_DEFECT</c>, <c>KRANG_END_AT</c>.</param>
    public HostProcess StartFaulty(IReadOnlyDictionary<string, string?> fault, params string[] arguments)
    {
        WriteSettings();
        Dictionary<string, string?> environment = new([.. Environment, .. fault]);
        return HostProcess.Start([.. arguments, "--root", Root], environment, program: BuiltFiles.FaultyHost);
    }

    /// <summary>A process for <see cref="RunAsync(WarmHost, string[])"/>; good for every fleet.</summary>
    public static WarmHost StartWarmHost() => WarmHost.Start(new Dictionary<string, string?> { ["PGPASSWORD"] = Password });

    /// <summary>Runs the program to its end in a process that is there already.</summary>
    public async Task<ProgramEnd> RunAsync(WarmHost host, params string[] arguments)
    {
        WriteSettings();
        var result = await host.RunAsync([.. arguments, "--root", Root]);
        return new ProgramEnd(result.ExitCode, result.Output, result.Error);
    }

    /// <summary>Only where they have changed: another host may be reading them.</summary>
    private void WriteSettings()
    {
        var (file, text) = (Path.Combine(Root, "krang-upgrade.json"), Settings.ToJsonString());
        lock (Settings)
            if (!File.Exists(file) || File.ReadAllText(file) != text) File.WriteAllText(file, text);
    }

    /// <summary>Runs the program to its end.</summary>
    public async Task<ProgramEnd> RunAsync(params string[] arguments)
    {
        using var host = Start(arguments);
        return await EndAsync(host);
    }

    public static async Task<ProgramEnd> EndAsync(HostProcess host)
    {
        var result = await host.EndAsync();
        return new ProgramEnd(result.ExitCode, result.Output, result.Error);
    }

    public Task<IReadOnlyList<Violation>> CheckAsync(ProgramEnd end, CancellationToken cancellationToken) =>
        Checker.FindAsync(Expectation, end, cancellationToken);

    public async Task ExecuteAsync(int database, string sql, CancellationToken cancellationToken)
    {
        await FleetTemplate.ExecuteAsync(Databases[database], sql, cancellationToken);
        Ask.Leave(Databases[database]);
    }

    /// <summary>
    /// As before the first run, in the same databases: for trials by the thousand, where making databases would take most of the time.
    /// </summary>
    public async Task BeginAnewAsync(CancellationToken cancellationToken)
    {
        var schemas = Targets.Select(target => (target.Database, target.Schema)).Distinct();
        foreach (var (database, schema) in schemas)
            await FleetTemplate.ExecuteAsync(database,
                $"DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}; {FleetTemplate.Counted(schema)}", cancellationToken);
        Directory.Delete(Root, recursive: true);
        FleetFiles.Make(Root);
    }

    private static string WithCanary(string database) =>
        new NpgsqlConnectionStringBuilder(database) { Password = Password }.ConnectionString;

    private static void CopyFiles(string from, string to)
    {
        foreach (var directory in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    /// <summary>Its databases go too: a night has thousands.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var database in Databases)
        {
            Ask.Leave(database);
            var builder = new NpgsqlConnectionStringBuilder(database);
            var name = builder.Database;
            builder.Database = "postgres";
            await FleetTemplate.ExecuteAsync(builder.ConnectionString, $"DROP DATABASE {name} WITH (FORCE)", CancellationToken.None);
        }
        _disk?.Dispose();
        _directory.Dispose();
    }
}
