using PluginUpgrade.Files;

namespace PluginUpgrade.Tests.Payloads;

public sealed class SomethingInTheWay : IDisposable
{
    private readonly TemporaryInstallation _installation = new();
    private readonly UndoLog _log;

    public SomethingInTheWay() => _log = _installation.Begin();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _installation.Dispose();

    [Fact]
    public async Task Is_named_with_where_the_original_lies_and_the_rest_is_undone()
    {
        await _log.Files.WriteAsync("conf/krang.conf", "new", Token);
        await _log.Files.RemoveAsync("conf/secret", Token);
        await _log.Files.WriteAsync("made/file", "new", Token);
        File.WriteAllText(_installation.At("conf/secret"), "theirs");

        var problem = Assert.Single((await Assert.ThrowsAsync<UpgradeException>(() => _log.UndoAsync(Token))).Problems);
        Assert.Equal("KU-5101", problem.Code);
        Assert.Equal(_installation.At("conf/secret"), problem.Subject);
        var original = problem.Message.Split('\'').Single(part => part.StartsWith(_log.Location, StringComparison.Ordinal));
        Assert.Equal("hush", File.ReadAllText(original));
        Assert.Equal("theirs", _installation.Read("conf/secret"));
        Assert.Equal("old settings", _installation.Read("conf/krang.conf"));
        Assert.False(Directory.Exists(_installation.At("made")));

        File.Delete(_installation.At("conf/secret"));
        await Assert.Single(UndoLog.Find(_installation.Root)).UndoAsync(Token);
        Assert.Equal(_installation.Before, _installation.Digest());
    }

    [Fact]
    public async Task Holds_back_the_changes_that_came_before_it_in_the_same_place()
    {
        await _log.Files.MoveAsync("conf/secret", "new/secret", Token);
        await _log.Files.WriteAsync("conf/krang.conf", "new", Token);
        await _log.Files.RemoveAsync("new/secret", Token);
        File.WriteAllText(_installation.At("new/secret"), "theirs");

        var failure = await Assert.ThrowsAsync<UpgradeException>(() => _log.UndoAsync(Token));
        Assert.All(failure.Problems, problem => Assert.Equal("KU-5101", problem.Code));
        Assert.Equal(_installation.At("new/secret"), failure.Problems[0].Subject);
        Assert.Contains(failure.Problems, problem => problem.Subject == _installation.At("conf/secret"));
        Assert.Equal("theirs", _installation.Read("new/secret"));
        Assert.False(File.Exists(_installation.At("conf/secret")));
        Assert.Equal("old settings", _installation.Read("conf/krang.conf"));

        await Assert.ThrowsAsync<UpgradeException>(() => Assert.Single(UndoLog.Find(_installation.Root)).UndoAsync(Token));
        File.Delete(_installation.At("new/secret"));
        await _log.UndoAsync(Token);
        Assert.Equal(_installation.Before, _installation.Digest());
    }

    [Fact]
    public async Task Is_told_where_a_file_became_a_directory_or_its_directory_went_away()
    {
        await _log.Files.WriteAsync("conf/krang.conf", "new", Token);
        await _log.Files.RemoveAsync("bin/lib/one.so", Token);
        File.Delete(_installation.At("conf/krang.conf"));
        Directory.CreateDirectory(_installation.At("conf/krang.conf"));
        Directory.Move(_installation.At("bin/lib"), _installation.At("bin/elsewhere"));

        var failure = await Assert.ThrowsAsync<UpgradeException>(() => _log.UndoAsync(Token));
        string[] stuck = [_installation.At("bin/lib/one.so"), _installation.At("conf/krang.conf")];
        Assert.Equal(stuck, failure.Problems.Select(problem => problem.Subject));
        Directory.Delete(_installation.At("conf/krang.conf"));
        Directory.Move(_installation.At("bin/elsewhere"), _installation.At("bin/lib"));
        await _log.UndoAsync(Token);
        Assert.Equal(_installation.Before, _installation.Digest());
    }

    [Fact]
    public async Task Is_told_where_what_was_moved_is_gone()
    {
        await _log.Files.MoveAsync("conf/secret", "secret", Token);
        File.Delete(_installation.At("secret"));
        var problem = Assert.Single((await Assert.ThrowsAsync<UpgradeException>(() => _log.UndoAsync(Token))).Problems);
        Assert.Contains(_installation.At("secret"), problem.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await _log.Files.WriteAsync("after", "x", Token);
        });
    }

    [Fact]
    public async Task A_file_in_the_way_of_a_change_that_was_not_made_yet_stays()
    {
        foreach (var change in (string[])["create", "move"])
        {
            var log = UndoLog.Create(_installation.Root, TemporaryInstallation.Owner, operation =>
            {
                if (operation.StartsWith("rename", StringComparison.Ordinal)) throw new KilledException();
            });
            await Assert.ThrowsAsync<KilledException>(() =>
                change == "create" ? log.Files.WriteAsync("new", "ours", Token) : log.Files.MoveAsync("conf/secret", "new", Token));
            File.WriteAllText(_installation.At("new"), "theirs");
            await AKilledHost.UndoAll(_installation.Root);
            Assert.Equal("theirs", _installation.Read("new"));
            File.Delete(_installation.At("new"));
            Assert.Equal(_installation.Before, _installation.Digest());
        }
    }

    [Fact]
    public async Task Cannot_be_forgotten_once_a_part_is_undone()
    {
        await _log.Files.RemoveAsync("conf/secret", Token);
        await _log.Files.WriteAsync("a", "a", Token);
        File.WriteAllText(_installation.At("conf/secret"), "theirs");
        await Assert.ThrowsAsync<UpgradeException>(() => _log.UndoAsync(Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _log.ForgetAsync(Token));
    }

    [Fact]
    public async Task Is_a_damaged_log_which_is_named_and_nothing_is_touched()
    {
        await _log.Files.WriteAsync("a", "a", Token);
        await _log.Files.WriteAsync("b", "b", Token);
        var file = Path.Join(_log.Location, "log.jsonl");
        var lines = await File.ReadAllLinesAsync(file, Token);
        lines[1] = "}";
        await File.WriteAllLinesAsync(file, lines, Token);
        var before = _installation.Digest();
        var problem = Assert.Single(Assert.Throws<UpgradeException>(() => UndoLog.Find(_installation.Root)).Problems);
        Assert.Equal(("KU-5102", file), (problem.Code, problem.Subject));
        Assert.Equal(before, _installation.Digest());
    }
}
