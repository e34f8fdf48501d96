using PluginUpgrade.Restores.Archives;

namespace PluginUpgrade.Tests.Saves;

public sealed class AListOnAFullDisk
{
    [Fact]
    public async Task Is_told_as_a_full_directory_for_temporary_files()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "This system has no device that is always full.");
        var refused = await Assert.ThrowsAsync<UpgradeException>(
            () => ArchiveReader.WriteListAsync("/dev/full", ["1; 2 3 SCHEMA - acme krang"], TestContext.Current.CancellationToken));
        Assert.Equal("KU-1015", Assert.Single(refused.Problems).Code);
    }
}
