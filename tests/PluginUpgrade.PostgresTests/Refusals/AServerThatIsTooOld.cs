namespace PluginUpgrade.PostgresTests.Refusals;

/// <summary>On a real PostgreSQL 12: <c>KRANG_POSTGRES_OLD</c> names the directory of its programs, as eng/test-servers.sh does.</summary>
public class AServerThatIsTooOld
{
    [Fact]
    public async Task Is_refused_before_any_change()
    {
        var programs = Environment.GetEnvironmentVariable("KRANG_POSTGRES_OLD");
        Assert.SkipWhen(string.IsNullOrEmpty(programs), "No PostgreSQL 12 here: eng/install.sh --all-servers, then eng/test-servers.sh.");
        using var directory = new TempDirectory();
        await using var old = TestServer.In(directory.Root, TestServer.ThrowAway with { Programs = programs });
        await using var installation = await TestInstallation.CreateAsync(old, "acme");
        installation.Drop(Sample.Counting("V1_001"));

        var refused = await installation.RefusesAsync(["KU-3020"], "--from", "0");

        Assert.Contains("PostgreSQL 12", refused.Error);
        await installation.RefusesAsync(["KU-3020"], "upgrade", "acme", "--from", "0");
    }
}
