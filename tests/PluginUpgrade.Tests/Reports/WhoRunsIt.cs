using PluginUpgrade.Journals;

namespace PluginUpgrade.Tests.Reports;

public class WhoRunsIt
{
    [Theory]
    [InlineData("anna", "bob", "anna")]
    [InlineData(null, "bob", "bob")]
    [InlineData("  ", "bob", "bob")]
    [InlineData("Anna\nB", null, "Anna\\u000aB")]
    public void Is_the_named_person_or_who_called_sudo(string? named, string? sudo, string expected) =>
        Assert.Equal(expected, Operator.Of(name => name == Operator.Variable ? named : name == "SUDO_USER" ? sudo : null));

    [Fact]
    public void Is_else_the_systems_user() => Assert.Equal(Environment.UserName, Operator.Of(_ => null));

    [Fact]
    public void Is_shortened_where_it_is_no_name() => Assert.Equal(100, Operator.Of(_ => new string('a', 5000)).Length);

    [Theory]
    [InlineData("anna@example.org", "anna@example.org")]
    [InlineData("Zoë", "Zo\\u00eb")]
    public void Is_kept_beside_the_machine_in_every_encoding(string person, string kept)
    {
        var host = JournalText.WhoAndWhere(person, "db-admin");

        Assert.DoesNotContain(host, c => c > '~');
        Assert.Equal((kept, "db-admin"), JournalText.WhoAndWhere(host));
    }

    [Fact]
    public void Is_nobody_in_rows_of_earlier_releases() => Assert.Equal(("", "db-admin"), JournalText.WhoAndWhere("db-admin"));
}
