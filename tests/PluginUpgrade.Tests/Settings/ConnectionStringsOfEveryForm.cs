using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests.Settings;

public class ConnectionStringsOfEveryForm
{
    [Theory]
    [InlineData("postgresql://u:s3cret@host/db", "host", 5432, "u", "s3cret", "db")]
    [InlineData("postgres://u:s3cret@host:5433/db", "host", 5433, "u", "s3cret", "db")]
    [InlineData("postgresql://u:a%40b%3Ac%2F%25@host/my%20db", "host", 5432, "u", "a@b:c/%", "my db")]
    [InlineData("postgresql://u@/db?host=/run/pg&port=5433&password=p%26q", "/run/pg", 5433, "u", "p&q", "db")]
    [InlineData("postgresql://u:p@%2Frun%2Fpg/db", "/run/pg", 5432, "u", "p", "db")]
    [InlineData("postgresql://u:p@[::1]:5433/db", "::1", 5433, "u", "p", "db")]
    [InlineData("postgresql://u:p@h1:1,h2:2/db?target_session_attrs=read-write", "h1:1,h2:2", 5432, "u", "p", "db")]
    [InlineData("host=host dbname=db user=u password=s3cret", "host", 5432, "u", "s3cret", "db")]
    [InlineData(" host = host  port=5433 dbname=db user=u password='it\\'s; a=b' ", "host", 5433, "u", "it's; a=b", "db")]
    [InlineData("host=host dbname=db user=u password=a;b", "host", 5432, "u", "a;b", "db")]
    [InlineData("host=host dbname=db user=u password=a;Database=evil", "host", 5432, "u", "a;Database=evil", "db")]
    [InlineData("host=h1,h2 port=1,2 dbname=db user=u password=p", "h1:1,h2:2", 5432, "u", "p", "db")]
    [InlineData("hostaddr=10.0.0.1 dbname=db user=u password=p connect_timeout=10", "10.0.0.1", 5432, "u", "p", "db")]
    [InlineData("Host=host;Database=db;Username=u;Password=s3cret", "host", 5432, "u", "s3cret", "db")]
    [InlineData("Host=host;Database=db;Username=u;Password='a;b=c'", "host", 5432, "u", "a;b=c", "db")]
    public void E2a_are_understood(string text, string host, int port, string user, string password, string database)
    {
        Assert.Null(DatabaseAddress.Fault(text, complete: true));
        var address = new NpgsqlConnectionStringBuilder(DatabaseAddress.ForNpgsql(text));
        Assert.Equal((host, port, user, password, database),
            (address.Host, address.Port, address.Username, address.Password, address.Database));
    }

    [Theory]
    [InlineData("postgresql://u:p@host/db?sslmode=verify-full&sslrootcert=/ca.pem", SslMode.VerifyFull)]
    [InlineData("postgresql://u:p@host/db?ssl=true", SslMode.Require)]
    [InlineData("host=host sslmode=verify-ca sslrootcert=/ca.pem", SslMode.VerifyCA)]
    [InlineData("host=host sslmode=disable", SslMode.Disable)]
    [InlineData("host=host sslrootcert=system", SslMode.VerifyFull)]
    [InlineData("postgresql://u:p@host/db?sslrootcert=system&sslmode=verify-full", SslMode.VerifyFull)]
    public void E2a_say_how_the_connection_is_encrypted(string text, SslMode mode) =>
        Assert.Equal(mode, DatabaseAddress.Read(text).SslMode);

    /// <summary>Each holds canary- where a password is, or could be taken for something else.</summary>
    [Theory]
    [InlineData("postgresql://u:canary-1@canary-2@host/db")]
    [InlineData("postgresql://u:canary-1/canary-2@host/db")]
    [InlineData("postgresql://u:1/canary-2@host/db")]
    [InlineData("postgresql://u:canary-1?canary-2@host/db")]
    [InlineData("postgresql://u:canary-1%zz@host/db")]
    [InlineData("postgresql://host:5432?password=se@canary-1")]
    [InlineData("postgresql://u:p@host:canary-1/db")]
    [InlineData("postgresql://u:p@host/db?canary-1=1")]
    [InlineData("postgresql://u:p@host/db?sslmode=canary-1")]
    [InlineData("postgresql://u:p@host/db?password=canary-1&canary-2")]
    [InlineData("Host=db;Password=se;canary-1;Database=x")]
    [InlineData("Host=db;Password=se;canary-1=x;Database=x")]
    [InlineData("Host=db;Password=canary-1;Port=canary-2")]
    [InlineData("Host=db Password=canary-1 Database=x")]
    [InlineData("Host=db;Username=u Password=canary-1")]
    [InlineData("Host=db;Database=x Password=canary-1;Username=u")]
    [InlineData("host=db password='canary-1 dbname=x")]
    [InlineData("host=db password=canary-1 canary-2 dbname=x")]
    [InlineData("host=db password=canary-1 pasword=canary-2")]
    [InlineData("host=db password=canary-1 port=canary-2")]
    [InlineData("host=db password=canary-1 service=canary-2")]
    [InlineData("host=db password=canary-1 sslrootcert=system sslmode=require")]
    [InlineData("postgresql://u:canary-1@host/db?sslrootcert=system&sslmode=disable")]
    [InlineData("jdbc:postgresql://host/db?user=u&password=canary-1")]
    [InlineData("//u:canary-1@host/db")]
    [InlineData("u:canary-1@host/db")]
    [InlineData("Host=u:canary-1@host;Database=db")]
    [InlineData("canary-1")]
    public void E2a_or_are_refused_and_nothing_of_them_is_repeated(string text)
    {
        var fault = DatabaseAddress.Fault(text, complete: true);
        Assert.NotNull(fault);
        Assert.DoesNotContain("canary", fault);
        Assert.Throws<FormatException>(() => DatabaseAddress.Merge("Host=db;Database=krang;Username=krang", text));
    }

    /// <summary>Whatever Npgsql knows, with values of every kind: what is not refused fails as a connection does.</summary>
    [Fact]
    public async Task E5u_no_setting_of_a_connection_ends_in_an_exception_that_nobody_expects()
    {
        string[] values =
        [
            "true", "false", "0", "1", "-1", "99999", "99999999999", "x", "any", "standby", "prefer-standby", "read-write", "disable",
            "require", "verifyfull", "/there/is/none", "scram-sha-256", "prefer", "direct", "é", "a,b",
        ];
        List<string> unexpected = [];
        foreach (var keyword in Keywords())
            foreach (var value in values)
            {
                var text = keyword == "Host" ? $"Host={value};Port=1"
                    : $"Host=127.0.0.1;Port=1;Database=x;Username=u;Password=p;{keyword}={value}";
                if (DatabaseAddress.Fault(text, complete: true) is not null) continue;
                if (keyword == "Host" && !value.Contains('/')) continue;
                var thrown = await Record.ExceptionAsync(() => Connections.TryOpenForReadingAsync(
                    DatabaseAddress.Merge(text, null).ConnectionString,
                    new ConnectionSettings("test", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)),
                    TestContext.Current.CancellationToken));
                if (thrown is null || !(ConnectionProblem.IsOne(thrown) || ConnectionProblem.IsOfSettings(thrown)))
                    unexpected.Add($"{keyword}={value}: {thrown?.GetType()} {thrown?.Message}");
            }
        Assert.Empty(unexpected);
    }

    [Theory]
    [InlineData("Host=db;Target Session Attributes=read-write", null)]
    [InlineData("Host=db;Target Session Attributes=any", null)]
    [InlineData("host=db target_session_attrs=primary", null)]
    [InlineData("postgresql://db/x?target_session_attrs=read-write", null)]
    [InlineData("Host=db;Target Session Attributes=standby", "not the primary")]
    [InlineData("Host=db1,db2;Target Session Attributes=read-only", "not the primary")]
    [InlineData("Host=db;Load Balance Hosts=true", null)]
    public void E5u_attributes_of_sessions_may_stand_beside_one_host(string text, string? fault)
    {
        if (fault is not null)
        {
            Assert.Contains(fault, DatabaseAddress.Fault(text, complete: true));
            return;
        }
        Assert.Null(DatabaseAddress.Fault(text, complete: true));
        using var source = new NpgsqlDataSourceBuilder(DatabaseAddress.Merge(text, null).ConnectionString).Build();
    }

    private static IEnumerable<string> Keywords() => typeof(NpgsqlConnectionStringBuilder).GetProperties()
        .SelectMany(property => property.GetCustomAttributes(typeof(System.ComponentModel.DisplayNameAttribute), false)
            .Cast<System.ComponentModel.DisplayNameAttribute>()).Select(name => name.DisplayName).Distinct();
}
