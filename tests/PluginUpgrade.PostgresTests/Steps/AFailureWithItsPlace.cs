using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Steps;

public class AFailureWithItsPlace(TestServer server)
{
    [Fact]
    public async Task G1c_says_the_statement_without_its_values_and_marks_the_place()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", "SELECT 's3cret', no_such_column FROM pg_class");

        var result = await installation.RunAsync("--to", "1.001");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("(SQLSTATE 42703)", result.Error);
        Assert.Contains("Statement: SELECT '...', >>>no_such_column FROM pg_class", result.Error);
        Assert.DoesNotContain("s3cret", result.Error);
        Assert.Contains($"the same command: krang-upgrade --to 1.001 --root {installation.Root}", result.Error);
    }

    [Fact]
    public async Task G1c_shows_the_servers_warnings_and_not_its_notices()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", "DO $$BEGIN RAISE WARNING 'look here'; RAISE NOTICE 'by the way'; END$$");

        var result = await installation.SucceedsAsync("--to", "1.001");

        Assert.Contains("warning of the server: look here", result.Error);
        Assert.DoesNotContain("by the way", result.Error);
    }

    /// <summary>The notice is in the log file, with the level of an information; the warning is there too.</summary>
    [Fact]
    public async Task G1c_has_the_servers_notices_in_the_log_file()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", "DO $$BEGIN RAISE WARNING 'look here'; RAISE NOTICE 'by the way'; END$$");

        await installation.SucceedsAsync("--to", "1.001");

        var log = Directory.EnumerateFiles(Path.Combine(installation.Root, "data", "upgrade-logs")).Single();
        var lines = (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).Select(line => JsonNode.Parse(line)!);
        var said = lines.Where(line => $"{line["Event"]}" == "StepLogged").Select(line => $"{line["@l"]} {line["Message"]}").ToList();
        Assert.Contains(" notice of the server: by the way (SQLSTATE 00000)", said);
        Assert.Contains("Warning warning of the server: look here (SQLSTATE 01000)", said);
    }

    /// <summary>tests/Modules/Asking is built with a .pdb beside it.</summary>
    [Fact]
    public async Task G1c_says_the_modules_file_and_line_where_its_symbols_are_there()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", "SELECT no_such_column");

        var told = (await installation.RunAsync("--to", "1.001")).Error;

        var line = int.Parse(Regex.Match(told, @"At Wish\.cs, line (\d+)\.").Groups[1].Value, CultureInfo.InvariantCulture);
        var source = Path.Combine(Snapshot.Repository(), "tests", "Modules", "Asking", "Wish.cs");
        Assert.Contains("context.ExecuteAsync(sql, cancellationToken)", File.ReadLines(source).ElementAt(line - 1));

        File.Delete(Path.Combine(installation.DropFolder, "Asking", "Asking.pdb"));
        Assert.DoesNotContain("Wish.cs", (await installation.RunAsync("--to", "1.001")).Error);
    }

    /// <summary>The command is run by a shell as it was printed, and the same command as before then succeeds.</summary>
    [Fact]
    public async Task G1c_gives_a_command_that_ends_the_session_in_the_way()
    {
        await using var installation = await Asking.CreateAsync(server);
        await installation.ExecuteAsync("CREATE SCHEMA shop; CREATE TABLE shop.story ()");
        installation.Let("V1_001", "Do", "ALTER TABLE shop.story ADD COLUMN foo int").Run("LockTimeout", "500ms");
        await using var other = await installation.OpenAsync();
        await using var locking = new NpgsqlCommand("BEGIN; LOCK TABLE shop.story; SELECT pg_backend_pid()", other);
        var process = await locking.ExecuteScalarAsync(TestContext.Current.CancellationToken);

        var refused = await installation.RunAsync("--to", "1.001");

        Assert.True(refused.ExitCode == 1, $"{refused}");
        var command = Regex.Match(refused.Error, "(?m)^  -> .* To end it now: (krang-upgrade .*)$").Groups[1].Value;
        Assert.Contains($"pg_terminate_backend({process})", command);
        var ended = await CommandLines.RunAsync(command);
        Assert.True(ended.ExitCode == 0, $"{command}\n{ended}");
        await installation.SucceedsAsync("--to", "1.001");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => locking.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The same of what a preflight finds in the way.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task G1c_gives_a_command_that_ends_the_transaction_that_a_preflight_finds(bool prepared)
    {
        await using var installation = await Asking.CreateAsync(server);
        await installation.ExecuteAsync("CREATE TABLE acme.story ()");
        installation.Settings["Check"] = new JsonObject { ["LongTransaction"] = "1s" };
        installation.Let("V1_001", "Do", "ALTER TABLE story ADD COLUMN foo int").Run("LockTimeout", "500ms");
        await using var other = await installation.OpenAsync();
        if (prepared && (await installation.QueryAsync("SHOW max_prepared_transactions"))[0] == "0")
            Assert.Skip("This server keeps no prepared transactions.");
        await using var locking = new NpgsqlCommand(
            $"BEGIN; LOCK TABLE acme.story{(prepared ? "; PREPARE TRANSACTION 'it''s forgotten'" : "")}", other);
        await locking.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);

        var refused = await installation.RunAsync("--from", "0", "--to", "1.001");

        Assert.True(refused.ExitCode == 2, $"{refused}");
        Assert.Equal([prepared ? "KU-3213" : "KU-3212"], Refusal.Codes(refused));
        var command = Regex.Match(refused.Error, "(?m)^  -> .*: (krang-upgrade psql .*)$").Groups[1].Value;
        var ended = await CommandLines.RunAsync(command);
        Assert.True(ended.ExitCode == 0, $"{command}\n{ended}");
        await installation.SucceedsAsync("--from", "0", "--to", "1.001");
    }
}
