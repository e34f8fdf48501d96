using System.Text;
using Npgsql;

namespace PluginUpgrade.Tests;

/// <summary>What <see cref="UpgradeGuard"/> does without a database.</summary>
public class GuardsQuestions
{
    [Theory]
    [InlineData("wiki", "1.002", "wiki 1.002")]
    [InlineData(" My Wiki ", "1.2.0", "My Wiki 1.2.0")]
    [InlineData("Bücher\n📚", "1", "B?cher?? 1")]
    [InlineData("krang-upgrades", "1", "krang-upgrades 1")]
    public void J9_name_an_application_and_its_version(string application, string version, string name) =>
        Assert.Equal(name, UpgradeGuard.ApplicationName(application, version));

    [Fact]
    public void J9_keep_the_version_of_an_application_with_a_long_name()
    {
        var name = UpgradeGuard.ApplicationName(new string('ä', 100), "12.003");
        Assert.Equal(63, Encoding.UTF8.GetByteCount(name));
        Assert.EndsWith("? 12.003", name, StringComparison.Ordinal);
        Assert.Equal(new NpgsqlConnectionStringBuilder { ApplicationName = name }.ApplicationName, name);
    }

    [Theory]
    [InlineData("", "1")]
    [InlineData("wiki", "soon")]
    [InlineData("krang-upgrade", "1")]
    [InlineData("Krang-Upgrade web", "1")]
    [InlineData("wiki", "1.00000000000000000000000000000000000000000000000000000000000000001")]
    public void J9_refuse_a_name_that_would_mislead(string application, string version) =>
        Assert.ThrowsAny<ArgumentException>(() => UpgradeGuard.ApplicationName(application, version));

    public static TheoryData<string, string, GuardOptions?> Senseless => new()
    {
        { "", "1", null },
        { "acme", "soon", null },
        { "acme", "", null },
        { "acme", "1.2", new GuardOptions { UpTo = "1.1" } },
        { "acme", "1.2", new GuardOptions { UpTo = "later" } },
        { "acme", "1.2", new GuardOptions { Upgrade = [] } },
        { "acme", "1.2", new GuardOptions { Upgrade = ["krang-upgrade", "--yes"] } },
        { "acme", "1.2", new GuardOptions { Upgrade = ["krang-upgrade", "--yes=true"] } },
    };

    [Theory]
    [MemberData(nameof(Senseless), DisableDiscoveryEnumeration = true)]
    public async Task Are_refused_where_they_make_no_sense(string schema, string version, GuardOptions? options)
    {
        await using var unused = new NpgsqlConnection();
        await Assert.ThrowsAnyAsync<ArgumentException>(() =>
            UpgradeGuard.RequireAsync(unused, schema, version, options, TestContext.Current.CancellationToken));
    }
}
