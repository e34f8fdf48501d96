using PluginUpgrade.Checks;
using PluginUpgrade.Databases;

namespace PluginUpgrade.Tests.Checks;

public class AServersVersion
{
    [Theory]
    [InlineData("9.6")]
    [InlineData("12.22")]
    public void A_server_older_than_13_is_refused(string version)
    {
        var problem = Assert.Single(Preflight.Find([Facts(version)], skipUnreachable: false));

        Assert.Equal("KU-3020", problem.Code);
        Assert.Contains($"PostgreSQL {version}", problem.Message);
        Assert.False(Preflight.IsUsable(Facts(version)));
    }

    [Theory]
    [InlineData("13.0")]
    [InlineData("18.4")]
    public void A_server_of_13_or_newer_is_accepted(string version)
    {
        Assert.Empty(Preflight.Find([Facts(version)], skipUnreachable: false));
        Assert.True(Preflight.IsUsable(Facts(version)));
    }

    private static TargetState Facts(string version) => new()
    {
        Server = Version.Parse(version),
        Target = new Target
        {
            Scope = Scope.Installation,
            Name = "krang",
            Database = "Host=db",
            Schema = "public",
            Server = "db:5432",
            DatabaseName = "krang",
        },
    };
}
