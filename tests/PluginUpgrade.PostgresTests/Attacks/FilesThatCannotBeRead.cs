using Npgsql;
using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Attacks;

/// <summary>Files and directories that the host's user may not read: each is told by its own code, and never by an exception.</summary>
public class FilesThatCannotBeRead(TestServer server)
{
    [Theory]
    [InlineData("payload", "700")]
    [InlineData("payload", "711")]
    [NightlyData("payload/bin", "700")]
    [NightlyData("payload/bin/tool", "600")]
    [NightlyData("payload/payload.json", "600")]
    public async Task In_a_payload_are_problems_of_the_payload(string path, string mode)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Write(new PayloadSource("1.001", ("bin/tool", "tool")));
        var result = await RunAsync(installation, path, mode);
        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Equal(["KU-7111"], Refusal.Codes(result).Distinct());
    }

    [Fact]
    public async Task In_place_of_the_root_hide_no_missing_setting()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Installation"]!.AsObject().Remove("Database");
        var result = await RunAsync(installation, ".", "711");
        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Equal(["KU-1010"], Refusal.Codes(result));
    }

    /// <summary>As the server's user: nobody else may use its socket.</summary>
    private static async Task<HostResult> RunAsync(TestInstallation installation, string path, string mode)
    {
        Assert.SkipUnless(OtherUser.CanBePlayed, "Takes root, and another user.");
        installation.WriteSettings();
        File.SetUnixFileMode(Path.Combine(installation.Root, path), (UnixFileMode)Convert.ToInt32(mode, 8));
        var user = Libc.Look(new NpgsqlConnectionStringBuilder(installation.Database).Host!, follow: true)!.Value;
        using var host = HostProcess.Start(
            [$"--reuid={user.User}", $"--regid={user.Group}", "--clear-groups", BuiltFiles.Program, "plan", "--root", installation.Root],
            program: "setpriv");
        return await host.EndAsync();
    }
}
