using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Steps;

public class WhatTheServerSays(TestServer server)
{
    /// <summary>One of each class of PostgreSQL's errors, and more of those after which Npgsql closes the connection.</summary>
    private static readonly string[] States =
    [
        "02000", "03000", "09000", "0A000", "0B000", "0F000", "0L000", "0P000", "0Z000", "20000", "21000", "22000", "22012", "23000",
        "23505", "24000", "25000", "25006", "26000", "27000", "28000", "28P01", "2B000", "2D000", "2F000", "34000", "38000", "39000",
        "3B000", "3D000", "3F000", "40000", "40001", "40P01", "42000", "42501", "42P01", "44000", "53000", "53100", "53200", "53300",
        "53400", "54000", "54001", "55000", "55006", "55P03", "57000", "57014", "57P01", "57P02", "57P03", "57P04", "58000", "58030",
        "58P01", "72000", "F0000", "F0001", "HV000", "P0000", "P0001", "P0004", "XX000", "XX001", "XX002",
    ];

    [Fact]
    public async Task E3b_Is_told_of_every_class_of_errors_and_never_as_a_lost_connection()
    {
        var instances = States.Select(state => $"s{state.ToLowerInvariant()}").ToArray();
        await using var installation = await TestInstallation.CreateAsync(server, instances);
        installation.Settings["Run"] = new JsonObject { ["Parallel"] = 16, ["PerServer"] = 16 };
        installation.Drop(new ModuleSource("V1_001")
        {
            PerInstance = """
                DO $$BEGIN
                  RAISE EXCEPTION 'said of %', current_schema() USING ERRCODE = upper(substr(current_schema()::text, 2));
                END$$
                """,
        });

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.DoesNotContain("KU-5005", result.Error);
        Assert.DoesNotContain("connection was lost", result.Error);
        foreach (var (state, instance) in States.Zip(instances))
        {
            Assert.Contains($"said of {instance} (SQLSTATE {state})", result.Error);
            Assert.Equal(["1.001 failed V1_001"], await installation.JournalAsync(instance));
            Assert.Contains($"said of {instance} (SQLSTATE {state})", Assert.Single(
                await installation.QueryAsync($"SELECT error FROM {instance}.krang_upgrade_journal")));
        }
    }

    /// <summary>Before the module's first statement: the table of the journal is what fails.</summary>
    [Theory]
    [NightlyData("53100")]
    [InlineData("58030")]
    [NightlyData("XX001")]
    public async Task E3b_Is_told_where_the_journal_could_not_be_written(string state)
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", $"""
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
              'BEGIN RAISE EXCEPTION ''said by the server'' USING ERRCODE = ''{state}''; END';
            CREATE TRIGGER failing BEFORE INSERT ON krang_upgrade_journal FOR EACH ROW EXECUTE FUNCTION fail()
            """);

        var result = await installation.RunAsync("--to", "1.002");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5011"], Refusal.Codes(result));
        Assert.Contains($"said by the server (SQLSTATE {state})", result.Error);
    }

    /// <summary>The answer to COMMIT itself.</summary>
    [Nightly]
    [Theory]
    [InlineData("53100")]
    [InlineData("XX000")]
    public async Task E3b_Is_told_where_a_deferred_trigger_fails(string state)
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", $"""
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
              'BEGIN RAISE EXCEPTION ''said by the server'' USING ERRCODE = ''{state}''; END';
            CREATE TABLE made ();
            CREATE CONSTRAINT TRIGGER failing AFTER INSERT ON made DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail();
            INSERT INTO made DEFAULT VALUES
            """);

        var result = await installation.RunAsync("--to", "1.001");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5002"], Refusal.Codes(result));
        Assert.Contains($"said by the server (SQLSTATE {state})", result.Error);
        Assert.Equal(["1.001 failed V1_001"], await installation.JournalAsync("acme"));
    }
}
