using PluginUpgrade.Checks;
using PluginUpgrade.Databases;

namespace PluginUpgrade.Tests.Checks;

public class WhatAModuleRequires
{
    private static UpgradeModule Module(Requirement requirement) => new()
    {
        Version = UpgradeVersion.Parse("1.2"),
        Name = "V1_2",
        TypeName = "V1_2",
        File = "",
        Sha256 = "",
        Requirements = [requirement],
    };

    private static Unmet? Extension(string? installed, string offered, string? minimum = null) => RequirementCheck.Find(
        Module(new Requirement.Extension("pg_trgm", minimum is null ? null : UpgradeVersion.Parse(minimum))),
        new RequirementState { Extensions = new Dictionary<string, (string?, string)> { ["pg_trgm"] = (installed, offered) } })
        .SingleOrDefault();

    [Theory]
    [InlineData("1.6", null)]
    [InlineData("1.6", "1.6")]
    [InlineData("1.10", "1.6")]
    [InlineData("3.4.0dev", "3.4")]
    public void Is_met_by_an_extension_of_that_version_or_later(string installed, string? minimum) =>
        Assert.Null(Extension(installed, "", minimum));

    [Fact]
    public void Names_the_version_that_is_installed_which_a_step_might_update()
    {
        var unmet = Extension("1.5", "", "1.6");
        Assert.Equal(("KU-3231", false), (unmet!.Code, unmet.IsFinal));
        Assert.Contains("needs extension pg_trgm 1.6, but the database has 1.5", unmet.Why);
    }

    [Theory]
    [InlineData("1.4 1.6", false)]
    [InlineData("1.4", true)]
    [InlineData("", true)]
    public void Can_be_brought_by_a_step_only_where_the_server_offers_it(string offered, bool final) =>
        Assert.Equal(final, Extension(null, offered, "1.6")!.IsFinal);

    [Theory]
    [InlineData("logical", true, null)]
    [InlineData("LOGICAL", true, null)]
    [InlineData("replica", true, true)]
    [InlineData("replica", false, false)]
    [InlineData(null, false, false)]
    public void Is_a_setting_that_only_a_new_start_changes_or_one_that_a_step_might(string? value, bool atStart, bool? final)
    {
        var facts = new RequirementState { Settings = new Dictionary<string, (string?, bool)> { ["wal_level"] = (value, atStart) } };
        var module = Module(new Requirement.Setting("wal_level", "logical"));
        Assert.Equal(final, RequirementCheck.Find(module, facts).SingleOrDefault()?.IsFinal);
    }
}
