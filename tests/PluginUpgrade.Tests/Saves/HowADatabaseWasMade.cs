using PluginUpgrade.Restores.Archives;

namespace PluginUpgrade.Tests.Saves;

/// <summary>A server before 15 is saved with a newer pg_dump where its own is not there.</summary>
public class HowADatabaseWasMade
{
    private static readonly DatabaseFrame Saved = new(" WITH TEMPLATE = template0 LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8'", []);

    [Fact]
    public void Is_said_to_an_older_server_in_words_that_it_knows() =>
        Assert.Equal(" WITH TEMPLATE = template0 LOCALE = 'C.UTF-8'", Saved.OptionsFor(new Version(14, 23)));

    [Fact]
    public void Is_said_to_a_newer_one_as_it_was_saved() => Assert.Equal(Saved.Options, Saved.OptionsFor(new Version(15, 18)));
}
