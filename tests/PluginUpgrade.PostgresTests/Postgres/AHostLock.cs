using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Postgres;

public class AHostLock
{
    [Fact]
    public void Is_shared_by_many_or_held_by_one()
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Root, "use.lock");
        using (var one = HostLock.TryShared(file))
        using (var two = HostLock.TryShared(file))
        {
            Assert.NotNull(one);
            Assert.NotNull(two);
            Assert.Null(HostLock.TryExclusive(file));
        }
        using var alone = HostLock.TryExclusive(file);
        Assert.NotNull(alone);
        Assert.Null(HostLock.TryExclusive(file));
        Assert.Null(HostLock.TryShared(file));
    }
}
