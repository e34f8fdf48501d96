using System.Text.Json;
using PluginUpgrade.Files;

namespace PluginUpgrade.Tests.Payloads;

/// <summary>The application's user would have root move files: E5a.</summary>
public sealed class AForgedUndoLog : IDisposable
{
    private const string Id = "0198a000-0000-7000-8000-0000000000aa";

    private readonly TemporaryInstallation _installation = new();

    private string Home => _installation.At($"data/upgrade-undo/{Id}");

    public void Dispose() => _installation.Dispose();

    [Theory]
    [InlineData("data")]
    [InlineData("data/upgrade-undo")]
    [InlineData($"data/upgrade-undo/{Id}")]
    [InlineData($"data/upgrade-undo/{Id}/log.jsonl")]
    public void E5a_is_not_obeyed_where_any_of_its_path_is_another_users_or_can_be_written_to_by_others(string path)
    {
        Forge(Change("Removed", "bin/krang", $"data/upgrade-undo/{Id}/1"));
        File.SetUnixFileMode(_installation.At(path), (UnixFileMode)0b111_111_111);
        Refuses("KU-5104", path);

        File.SetUnixFileMode(_installation.At(path), (UnixFileMode)0b111_101_101);
        Assert.SkipUnless(OtherUser.CanBePlayed, "Only root can give files away.");
        OtherUser.Give(_installation.At(path));
        Refuses("KU-5104", path);
    }

    [Theory]
    [InlineData("Removed", "../outside", $"data/upgrade-undo/{Id}/1")]
    [InlineData("Removed", "/etc/krang-test", $"data/upgrade-undo/{Id}/1")]
    [InlineData("Removed", "bin/../../x", $"data/upgrade-undo/{Id}/1")]
    [InlineData("Removed", "bin/krang", "../outside")]
    [InlineData("Removed", "bin/krang", "conf/secret")]
    [InlineData("Removed", "bin/krang", $"data/upgrade-undo/{Id}/../../kept")]
    [InlineData("Created", "conf/secret", "../outside")]
    [InlineData("Replaced", "bin/krang", "conf/secret")]
    [InlineData("Replaced", "data/upgrade-undo", $"data/upgrade-undo/{Id}/1")]
    [InlineData("Moved", "bin/new", "../outside")]
    [InlineData("Moved", "../new", "conf/secret")]
    [InlineData("Moved", $"data/upgrade-undo/{Id}/2", "conf/secret")]
    [InlineData("Made", "../empty", "")]
    [InlineData("Made", "empty", "conf")]
    [InlineData("Made", "", "")]
    [InlineData("77", "empty", "")]
    [InlineData("0", "empty", "")]
    [InlineData("", "empty", "")]
    [InlineData("made", "empty", "")]
    [InlineData("Exploded", "empty", "")]
    [InlineData("Made, Moved", "empty", "")]
    public void E5a_is_refused_where_it_names_what_no_step_changes(string kind, string path, string other)
    {
        Forge(Change("Made", "empty", ""), Change(kind, path, other));
        Refuses("KU-5105", "log.jsonl");
    }

    [Fact]
    public void E5a_is_not_obeyed_where_the_log_is_a_link_or_a_pipe()
    {
        Forge(Change("Made", "empty", ""));
        var log = Path.Join(Home, "log.jsonl");
        File.Move(log, _installation.At("elsewhere"));
        File.CreateSymbolicLink(log, _installation.At("elsewhere"));
        Refuses("KU-5104", "log.jsonl");
        Pipes.Replace(log);
        Assert.Equal("KU-5104", Assert.Single(Assert.Throws<UpgradeException>(() => UndoLog.Find(_installation.Root)).Problems).Code);
    }

    private void Refuses(string code, string subject)
    {
        var before = _installation.Digest();
        var refused = Assert.Throws<UpgradeException>(() => UndoLog.Find(_installation.Root));
        Assert.Contains(refused.Problems, problem => problem.Code == code && problem.Subject.Contains(subject, StringComparison.Ordinal));
        Assert.Equal(before, _installation.Digest());
    }

    private void Forge(params string[] changes)
    {
        Directory.CreateDirectory(Home);
        foreach (var path in (string[])["data", "data/upgrade-undo", $"data/upgrade-undo/{Id}"])
            File.SetUnixFileMode(_installation.At(path), (UnixFileMode)0b111_101_101);
        File.WriteAllText(Path.Join(Home, "1"), "forged");
        var owner = new { runId = Guid.NewGuid(), component = "", versionKey = "1", module = "V1" };
        File.WriteAllLines(Path.Join(Home, "log.jsonl"), [JsonSerializer.Serialize(new { owner, madeData = false }), .. changes]);
        File.SetUnixFileMode(Path.Join(Home, "log.jsonl"), (UnixFileMode)0b110_000_000);
    }

    private static string Change(string kind, string path, string other) => int.TryParse(kind, out var number)
        ? JsonSerializer.Serialize(new { undone = 0, change = new { kind = number, path, other } })
        : JsonSerializer.Serialize(new { undone = 0, change = new { kind, path, other } });
}
