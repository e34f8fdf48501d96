namespace PluginUpgrade.PostgresTests.Steps;

/// <summary>Npgsql reads no value of a type that it has not loaded: what earlier steps made is loaded before the next one.</summary>
public class TypesThatStepsMake(TestServer server)
{
    private const string Types = """
        CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN few AS int CHECK (VALUE < 10)
        """;

    private const string Read = "SELECT 'good'::mood, ARRAY['bad'::mood], ARRAY[7]::few[]";

    private static readonly string[] Seen = ["good", "bad", "7"];

    [Theory]
    [NightlyData]
    [InlineData("--atomic", "instance")]
    public async Task E1c_Are_known_to_the_next_step_of_the_lane(params string[] arguments)
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", Types).Let("V1_002", "Read", Read);

        await installation.DoneAsync(["upgrade", "--to", "1.002", .. arguments]);

        Assert.Equal(Seen, await installation.SeenAsync());
    }

    [Fact]
    public async Task E1c_Are_known_in_a_dry_run()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", Types).Let("V1_002", "Read", Read);

        await installation.DoneAsync("--to", "1.002", "--dry-run");
    }

    /// <summary>The connections of the instances were opened in the stage before, when there was no such type.</summary>
    [Fact]
    public async Task E1c_types_of_the_installations_step_are_known_in_all_instances()
    {
        string[] instances = ["acme", "globex", "initech", "umbrella"];
        await using var installation = await Asking.CreateAsync(server, instances);
        installation.Drop(new ModuleSource("V1_0005") { Version = "1.0005", PerInstance = "SELECT 1" });
        installation
            .Let("V1_001", "Do", "CREATE EXTENSION citext SCHEMA public", "Installation")
            .Let("V1_001", "Read", "SELECT 'Foo'::public.citext");

        await installation.DoneAsync("--to", "1.001");

        Assert.Equal(instances.Select(_ => "Foo"), await installation.SeenAsync());
    }

    /// <summary>One instance makes what all of them use.</summary>
    [Fact]
    public async Task E1c_types_of_one_instance_are_known_to_the_others_that_may_meet_them()
    {
        await using var installation = await Asking.CreateAsync(server, "acme", "globex", "initech");
        installation
            .Let("V1_001", "Do", "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public")
            .Let("V1_002", "Read", "SELECT 'Foo'::public.citext");

        await installation.DoneAsync("--to", "1.002");

        Assert.Equal(["Foo", "Foo", "Foo"], await installation.SeenAsync());
    }

    [Nightly]
    [Theory]
    [InlineData("V1_003", "V1_004")]
    [InlineData("V1_002", "V1_003")]
    public async Task E1c_Are_known_where_a_step_is_outside_a_transaction(string making, string reading)
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let(making, "Do", Types).Let(reading, "Read", Read);

        await installation.DoneAsync();

        Assert.Equal(Seen, await installation.SeenAsync());
    }

    [Nightly]
    [Fact]
    public async Task E1c_Are_known_to_modules_that_are_run_by_hand()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", Types).Let("V1_002", "Read", Read);

        await installation.DoneAsync("run", "V1_001", "acme");
        await installation.DoneAsync("run", "V1_002", "acme");

        Assert.Equal(Seen, await installation.SeenAsync());
    }

    /// <summary>Rolled back and made again, a type has another oid.</summary>
    [Fact]
    public async Task E1c_Are_known_in_another_try_of_the_same_transaction()
    {
        await using var installation = await Asking.CreateAsync(server);
        await installation.ExecuteAsync("CREATE SEQUENCE told.tries");
        installation
            .Let("V1_001", "Do", Types)
            .Let("V1_002", "Read", Read)
            .Let("V1_002", "Do",
                "DO $$BEGIN IF nextval('told.tries') <= 2 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF; END$$");

        await installation.DoneAsync("--to", "1.002", "--atomic", "instance");

        Assert.Equal(Seen, await installation.SeenAsync());
    }

    /// <summary>To load them takes a server with many schemas more than a second: once a connection, unless a step made types.</summary>
    [Nightly]
    [Theory]
    [InlineData("CREATE TABLE thing (id int, told text[]); CREATE TEMP TABLE todo (id int); CREATE TYPE pg_temp.t AS ENUM ()", 1)]
    [InlineData("CREATE TYPE mood AS ENUM ('good')", 2)]
    public async Task E1c_Are_loaded_again_only_where_there_are_some(string sql, int times)
    {
        await using var own = new TestServer { Settings = new Dictionary<string, string> { ["log_statement"] = "all" } };
        await using var installation = await Asking.CreateAsync(own);
        installation.Let("V1_001", "Do", sql);

        await installation.DoneAsync();

        Assert.Equal(4, (await installation.JournalAsync("acme")).Count);
        var log = await File.ReadAllTextAsync((await own.StartedAsync()).LogFile, TestContext.Current.CancellationToken);
        // Before the upgrade the tests' own sessions load them too, and so do preflight's: counted is what comes after the first step.
        var after = log[log.IndexOf(sql[..20], StringComparison.Ordinal)..];
        after = after[..after.LastIndexOf("1.004", StringComparison.Ordinal)];
        Assert.Equal(times - 1, after.Split("SELECT version();").Length - 1);
    }
}
