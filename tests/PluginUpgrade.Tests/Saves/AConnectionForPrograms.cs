using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Programs;

namespace PluginUpgrade.Tests.Saves;

/// <summary>Npgsql's connection strings as variables of libpq.</summary>
public class AConnectionForPrograms
{
    [Fact]
    public void Says_where_who_and_what()
    {
        var environment = Of("Host=db;Port=5433;Database=krang;Username=kim;Password=s e;Options=-c role=owner");

        Assert.Equal(("db", "5433", "krang", "kim", "s e", "-c role=owner"), (environment["PGHOST"], environment["PGPORT"],
            environment["PGDATABASE"], environment["PGUSER"], environment["PGPASSWORD"], environment["PGOPTIONS"]));
        Assert.Equal("krang-upgrade here", environment["PGAPPNAME"]);
        Assert.Equal("15", environment["PGCONNECT_TIMEOUT"]);
    }

    [Theory]
    [InlineData("Host=a,b:5433;Port=5000", "a,b", "5000,5433")]
    [InlineData("Host=/run/postgresql", "/run/postgresql", "5432")]
    [InlineData("Host=::1", "::1", "5432")]
    [InlineData("Host=[::1]:5433,a", "::1,a", "5433,5432")]
    public void Names_every_host_with_its_port(string database, string hosts, string ports)
    {
        var environment = Of(database);

        Assert.Equal((hosts, ports), (environment["PGHOST"], environment["PGPORT"]));
    }

    [Fact]
    public void Looks_for_the_primary_among_several() =>
        Assert.Equal(("read-write", null), (Of("Host=a,b")["PGTARGETSESSIONATTRS"], Of("Host=a")["PGTARGETSESSIONATTRS"]));

    [Theory]
    [InlineData("SSL Mode=VerifyFull;Root Certificate=/ca", "PGSSLMODE", "verify-full")]
    [InlineData("SSL Mode=VerifyCA", "PGSSLMODE", "verify-ca")]
    [InlineData("SSL Mode=Disable", "PGSSLMODE", "disable")]
    [InlineData("Root Certificate=/ca", "PGSSLROOTCERT", "/ca")]
    [InlineData("SSL Certificate=/crt;SSL Key=/key", "PGSSLKEY", "/key")]
    [InlineData("Passfile=/etc/pass", "PGPASSFILE", "/etc/pass")]
    [InlineData("GSS Encryption Mode=Disable", "PGGSSENCMODE", "disable")]
    [InlineData("Channel Binding=Require", "PGCHANNELBINDING", "require")]
    public void Carries_the_rest(string rest, string variable, string value) => Assert.Equal(value, Of($"Host=db;{rest}")[variable]);

    /// <summary>What is not said is the environment's, as for Npgsql; what Npgsql does not know must not lead elsewhere.</summary>
    [Fact]
    public void Leaves_alone_what_is_not_said_and_takes_away_what_would_mislead()
    {
        var environment = Of("Host=db;Database=krang");

        foreach (var variable in (string[])["PGPASSWORD", "PGPASSFILE", "PGUSER"])
            Assert.False(environment.ContainsKey(variable), variable);
        foreach (var variable in (string[])["PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGCLIENTENCODING", "PGSSLMODE", "PGOPTIONS"])
            Assert.True(environment.ContainsKey(variable) && environment[variable] is null, variable);
    }

    [Fact]
    public void E5l_takes_away_all_that_libpq_would_heed_and_npgsql_does_not()
    {
        Environment.SetEnvironmentVariable("PGSOMETHINGNEW", "1");
        try
        {
            Assert.True(Of("Host=db").TryGetValue("PGSOMETHINGNEW", out var value) && value is null);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PGSOMETHINGNEW", null);
        }
    }

    private static Dictionary<string, string?> Of(string database) => ClientConnection.Environment(
        database, new ConnectionSettings("krang-upgrade here", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15)));
}
