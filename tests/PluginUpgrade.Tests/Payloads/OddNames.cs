using PluginUpgrade.Files;

namespace PluginUpgrade.Tests.Payloads;

public sealed class OddNames : IDisposable
{
    private readonly TemporaryInstallation _installation = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _installation.Dispose();

    [Theory]
    [InlineData("with space")]
    [InlineData(" ")]
    [InlineData("it's \"quoted\" `so`")]
    [InlineData("new\nline\r\tand tab")]
    [InlineData("-rf *?[a]$HOME\\")]
    [InlineData("\"}\n{\"undone\":1")]
    [InlineData("grüße 漢字 \U0001F600 e\u0301")]
    [InlineData("\ufffd\ufeff\u2028\u0001")]
    [InlineData("...")]
    public async Task Are_names_as_any_other(string name)
    {
        _installation.Write($"{name}/{name}", "old", 0x1a4);
        var before = _installation.Digest();
        var log = _installation.Begin();
        await log.Files.WriteAsync($"{name}/{name}", "new", Token);
        await log.Files.MoveAsync(name, $"{name}2/{name}", Token);
        await log.Files.CopyAsync($"{name}2", $"{name}3", Token);
        await log.Files.RemoveAsync($"{name}2", Token);
        Assert.Equal("new", _installation.Read($"{name}3/{name}/{name}"));
        await Assert.Single(UndoLog.Find(_installation.Root)).UndoAsync(Token);
        Assert.Equal(before, _installation.Digest());
    }

    [Fact]
    public async Task Too_long_are_refused_and_nothing_is_lost()
    {
        var log = _installation.Begin();
        await Assert.ThrowsAnyAsync<IOException>(() => log.Files.MoveAsync("conf/secret", new string('x', 256), Token));
        await Assert.ThrowsAnyAsync<IOException>(() => log.Files.WriteAsync(new string('x', 256), "x", Token));
        await log.Files.WriteAsync(new string('x', 255), "x", Token);
        await log.UndoAsync(Token);
        Assert.Equal(_installation.Before, _installation.Digest());
    }
}
