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
}
