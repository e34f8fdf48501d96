using PluginUpgrade.Reports;

namespace PluginUpgrade.Tests.Unix;

/// <summary>Which of the files beside them make room for new logs: E5d.</summary>
public sealed class OldLogs : IDisposable
{
    private const string Old = "20260101T000000Z-0198a000000070008000000000000001.jsonl";

    private readonly TempDirectory _directory = new();

    private string Logs => Path.Combine(_directory.Root, "data", "upgrade-logs");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void E5d_are_those_alone_that_the_host_has_made()
    {
        var outside = Write(Path.Combine(_directory.Root, "letter.jsonl"));
        Write(Path.Combine(Logs, Old));
        string[] kept = ["notes.jsonl", Old + ".jsonl", Old.Replace("01T", "99T"), Old.ToUpperInvariant()];
        foreach (var name in kept) Write(Path.Combine(Logs, name));
        var link = Old.Replace("20260101", "20260102");
        File.CreateSymbolicLink(Path.Combine(Logs, link), outside);
        var folder = Old.Replace("20260101", "20260103");
        Directory.CreateDirectory(Path.Combine(Logs, folder));
        var others = Old.Replace("20260101", "20260104");
        if (OtherUser.CanBePlayed) OtherUser.Give(Write(Path.Combine(Logs, others)));

        using (var logs = LogDirectory.Open(Logs)) logs.RemoveOld(keep: 0);

        Assert.False(File.Exists(Path.Combine(Logs, Old)));
        Assert.All(kept, name => Assert.True(File.Exists(Path.Combine(Logs, name)), name));
        Assert.NotNull(new FileInfo(Path.Combine(Logs, link)).LinkTarget);
        Assert.Equal("kept", File.ReadAllText(outside));
        Assert.True(Directory.Exists(Path.Combine(Logs, folder)));
        if (OtherUser.CanBePlayed) Assert.True(File.Exists(Path.Combine(Logs, others)));
    }

    [Fact]
    public void E5d_lie_in_no_directory_of_another_user()
    {
        Assert.SkipUnless(OtherUser.CanBePlayed, "Only root can give files away.");
        Write(Path.Combine(Logs, Old));
        OtherUser.Give(Logs);
        Assert.Throws<IOException>(() => LogDirectory.Open(Logs));
        Assert.True(File.Exists(Path.Combine(Logs, Old)));
    }

    [Fact]
    public void E5d_are_removed_where_the_directory_was_opened_and_not_where_its_name_leads_later()
    {
        var elsewhere = Path.Combine(_directory.Root, "elsewhere");
        Write(Path.Combine(elsewhere, Old));
        Write(Path.Combine(Logs, Old));
        using var logs = LogDirectory.Open(Logs);
        Directory.Move(Logs, Logs + ".moved");
        Directory.CreateSymbolicLink(Logs, elsewhere);
        logs.RemoveOld(keep: 0);
        Assert.True(File.Exists(Path.Combine(elsewhere, Old)));
        Assert.False(File.Exists(Path.Combine(Logs + ".moved", Old)));
    }

    private static string Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "kept");
        return path;
    }
}
