using PluginUpgrade.Payloads;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests.Payloads;

public sealed class KeptFiles
{
    [Theory]
    [InlineData("krang-upgrade.json", true)]
    [InlineData("krang-upgrade.production.json", true)]
    [InlineData("bin/krang-upgrade.json", false)]
    [InlineData("conf/krang.conf", true)]
    [InlineData("conf/sites/a b/*.conf", true)]
    [InlineData("conf/two\nlines", true)]
    [InlineData("conf/back\\slash", true)]
    [InlineData("conf", false)]
    [InlineData("Conf/krang.conf", false)]
    [InlineData("conf2/krang.conf", false)]
    [InlineData("bin/conf/krang.conf", false)]
    [InlineData("bin/krang", false)]
    public void Are_by_default_settings_configuration_and_data(string path, bool kept) =>
        Assert.Equal(kept, new KeptPaths(Settings([]).Settings.PayloadKeep).Matches(path));

    [Fact]
    public void Are_what_the_settings_say()
    {
        var (settings, problems) = Settings(["--Payload:Keep=etc/**,**/*.local,one/*/three"]);
        KeptPaths kept = new(settings.PayloadKeep);
        Assert.DoesNotContain(problems, problem => problem.Severity == Severity.Error && problem.Code != "KU-1001");
        Assert.True(kept.Matches("etc/a/b"));
        Assert.True(kept.Matches("a.local"));
        Assert.True(kept.Matches("x/y/a.local"));
        Assert.True(kept.Matches("one/two/three"));
        Assert.False(kept.Matches("one/two/two/three"));
        Assert.False(kept.Matches("conf/krang.conf"));
    }

    [Theory]
    [InlineData("/etc/**")]
    [InlineData("../conf/**")]
    public void Cannot_be_outside_the_root(string glob) =>
        Assert.Contains(Settings([$"--Payload:Keep={glob}"]).Problems, problem => problem is { Code: "KU-1005", Subject: "Payload:Keep" });

    private static (HostSettings Settings, IReadOnlyList<Problem> Problems) Settings(string[] arguments) =>
        SettingsReader.Read(Path.GetTempPath(), null, null, arguments);
}
