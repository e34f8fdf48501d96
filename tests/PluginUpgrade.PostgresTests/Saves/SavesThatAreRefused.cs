using System.Diagnostics;
using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Saves;

public class SavesThatAreRefused(TestServer server)
{
    [Fact]
    public async Task Because_there_is_no_pg_dump_say_what_to_install()
    {
        using var empty = new TempDirectory();
        await using var installation = await InstallationAsync(empty.Root);

        var result = await installation.RefusesAsync(["KU-7001"], "save");

        Assert.Contains("postgresql-client", result.Error);
        Assert.Contains("Postgres:Bin", result.Error);
    }

    [Fact]
    public async Task Because_pg_dump_is_older_than_the_server_say_which_to_install()
    {
        using var old = new FakeClients(version: "9.6.24");
        await using var installation = await InstallationAsync(old.Directory);

        var result = await installation.RefusesAsync(["KU-7002"], "save");

        Assert.Contains("9.6.24", result.Error);
        Assert.Matches(@"postgresql-client-\d\d", result.Error);
    }

    [Fact]
    public async Task Because_pg_dump_fails_leave_nothing_and_say_what_it_said()
    {
        using var failing = new FakeClients(dump: "echo half > \"$file\"; echo 'the disk is on fire' >&2; exit 3");
        await using var installation = await InstallationAsync(failing.Directory);

        var result = await installation.RefusesAsync(["KU-7005"], "save");

        Assert.Contains("ended with 3", result.Error);
        Assert.Contains("the disk is on fire", result.Error);
        Assert.Empty(Saved.Entries(installation));
    }

    [Fact]
    public async Task Because_what_was_written_cannot_be_read_back_leave_nothing()
    {
        using var lying = new FakeClients(dump: "echo nonsense > \"$file\"", restore: "echo 'not an archive' >&2; exit 1");
        await using var installation = await InstallationAsync(lying.Directory);

        var result = await installation.RefusesAsync(["KU-7006"], "save");

        Assert.Contains("not an archive", result.Error);
    }

    [Fact]
    public async Task Because_another_user_owns_the_directory()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a directory away.");
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        var directory = Directory.CreateDirectory(Saved.Directory(installation).Path).FullName;
        using (var chown = Process.Start("chown", ["nobody", directory]))
            await chown.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains("belongs to another user", (await installation.RefusesAsync(["KU-7003"], "save")).Error);
    }

    [Fact]
    public async Task Because_others_may_write_to_the_directory()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        Directory.CreateDirectory(Saved.Directory(installation).Path);
        File.SetUnixFileMode(Saved.Directory(installation).Path, (UnixFileMode)0b111_111_111);

        Assert.Contains("every user", (await installation.RefusesAsync(["KU-7003"], "save")).Error);
    }

    [Fact]
    public async Task Because_targets_are_not_there_tell_all_of_them_at_once()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        installation.Settings["Instances"]!["gone"] = new JsonObject { ["Schema"] = "gone" };
        installation.Settings["Instances"]!["away"] = new JsonObject { ["Database"] = "Host=127.0.0.1;Port=1;Database=x" };

        await installation.RefusesAsync(["KU-3002", "KU-3101"], "save");
        var rest = await installation.RunAsync("save", "--skip-unreachable", "--exclude", "gone");

        Assert.True(rest.ExitCode == 0, $"{rest}");
        Assert.Contains("warning KU-3101 away", rest.Error);
    }

    [Fact]
    public async Task Because_of_what_is_asked_for()
    {
        await using var installation = await InstallationAsync(null);

        await installation.RefusesAsync(["KU-1208"], "save", "nobody");
        await installation.RefusesAsync(["KU-1103"], "save", "acme", "--installation-only");
        await installation.RefusesAsync(["KU-1111", "KU-1112"], "saves", "--keep", "0", "--older-than", "soon");
        installation.Settings["Save"] = new JsonObject { ["SchemasPerArchive"] = 0 };
        installation.Settings["Run"] = new JsonObject { ["Save"] = "sometimes" };
        await installation.RefusesAsync(["KU-1005", "KU-1005"], "save");
    }

    /// <param name="programs">For <c>Postgres:Bin</c>.</param>
    private async Task<TestInstallation> InstallationAsync(string? programs)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        if (programs is not null) installation.Settings["Postgres"] = new JsonObject { ["Bin"] = programs };
        return installation;
    }
}
