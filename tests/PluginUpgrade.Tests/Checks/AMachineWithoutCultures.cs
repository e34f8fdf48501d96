using PluginUpgrade.Checks;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Tests.Checks;

/// <summary>ICU's package has another name in each release of Debian; where the release is not known, apt-get takes a pattern.</summary>
public class AMachineWithoutCultures
{
    [Theory]
    [InlineData("ID=debian\nVERSION_CODENAME=bookworm\n", "apt-get install libicu72")]
    [InlineData("ID=debian\nVERSION_CODENAME=\"trixie\"\n", "apt-get install libicu76")]
    [InlineData("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n", "apt-get install libicu74")]
    [InlineData("ID=mint\nID_LIKE=\"ubuntu debian\"\n", "apt-get install '^libicu[0-9]+$'")]
    [InlineData("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "dnf install libicu")]
    [InlineData("ID=alpine\n", "apk add icu-libs icu-data-full")]
    [InlineData("", "Install the ICU libraries (package libicu).")]
    public void G3_is_told_the_package_to_install(string release, string command)
    {
        Assert.Equal(command, IcuPackage.Install(release));
        var found = Assert.Single(CultureCheck.Find("they are gone", command));
        Assert.Equal(("KU-3206", command, Severity.Warning), (found.Code, found.Remedy, found.Severity));
    }

    [Fact]
    public void G3_is_the_only_one_that_is_told() => Assert.Empty(CultureCheck.Find(null, ""));
}
