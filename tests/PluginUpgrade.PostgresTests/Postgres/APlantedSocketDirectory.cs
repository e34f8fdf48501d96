using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>Everybody may write to /tmp: what lies under the name of the socket's directory may be somebody else's.</summary>
public class APlantedSocketDirectory
{
    [Fact]
    public Task Is_refused_when_it_is_a_link() => RefusedAsync((path, elsewhere) => Directory.CreateSymbolicLink(path, elsewhere));

    [Fact]
    public Task Is_refused_when_it_is_a_file() => RefusedAsync((path, _) => File.WriteAllText(path, ""));

    [Fact]
    public Task Is_refused_when_others_may_enter_it() => RefusedAsync((path, _) =>
    {
        LinkFree.TryMakeDirectory(path, 0x1C0);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
    });

    [Fact]
    public Task Is_refused_when_it_belongs_to_another_user()
    {
        Assert.SkipUnless(Libc.IsRoot, "Only root can give a directory away.");
        return RefusedAsync((path, _) =>
        {
            LinkFree.TryMakeDirectory(path, 0x1C0);
            LinkFree.SetOwner(path, 12345, 12345);
        });
    }

    private static async Task RefusedAsync(Action<string, string> plant)
    {
        using var root = new TempDirectory();
        using var elsewhere = new TempDirectory();
        string socket;
        await using (var server = await Servers.StartAsync(root.Root)) socket = server.SocketPath;
        plant(socket, elsewhere.Root);
        try
        {
            var problem = await Servers.RefusedAsync(root.Root);
            Assert.Equal(("KU-6011", socket), (problem.Code, problem.Subject));
            Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere.Root));
        }
        finally
        {
            if (new FileInfo(socket) is { LinkTarget: not null } or { Exists: true }) File.Delete(socket);
            else Directory.Delete(socket);
        }
        await using var again = await Servers.StartAsync(root.Root);
        Assert.Equal(1, await Servers.AskAsync(again, "SELECT 1"));
    }
}
