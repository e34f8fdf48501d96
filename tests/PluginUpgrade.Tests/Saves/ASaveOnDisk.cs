using Microsoft.Extensions.Time.Testing;
using PluginUpgrade.Postgres;
using PluginUpgrade.Saves;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Tests.Saves;

/// <summary>Sabotage: whatever happened to a save's files, it is told and not taken for whole.</summary>
public sealed class ASaveOnDisk : IDisposable
{
    private const string Id = "20261125T120000Z-0123abcd";

    private readonly string _root = Directory.CreateTempSubdirectory("krang-upgrade-tests-").FullName;

    private string Folder => Path.Combine(_root, Id);

    private string Manifest => Path.Combine(Folder, SaveManifest.FileName);

    private string Archive => Path.Combine(Folder, "0001-krang.dump");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Is_whole_as_it_was_written()
    {
        await WriteAsync();

        var save = Assert.Single(new SaveDirectory(_root).Saves());

        Assert.Null(save.Fault);
        Assert.Empty(await SaveFiles.VerifyAsync(save, Token));
        Assert.Equal((Id, 11, "acme"), (save.Manifest!.Id, save.Manifest.Bytes, save.Manifest.Targets[0].Name));
        Assert.Equal("1.004", save.Manifest.Targets[0].Versions[""]);
        Assert.Equal("1.005", save.Manifest.Targets[0].Goals[""]);
    }

    [Fact]
    public async Task Is_damaged_where_a_file_is_cut() =>
        Assert.Equal("KU-7014", await CodeAsync(() => File.WriteAllText(Archive, "the archiv")));

    [Fact]
    public async Task Is_damaged_where_a_bit_is_flipped() =>
        Assert.Equal("KU-7014", await CodeAsync(() => File.WriteAllText(Archive, "the arcHive")));

    [Fact]
    public async Task Is_damaged_where_a_file_is_missing() => Assert.Equal("KU-7013", await CodeAsync(() => File.Delete(Archive)));

    [Fact]
    public async Task Is_damaged_where_a_file_is_a_link() => Assert.Equal("KU-7013", await CodeAsync(() =>
    {
        File.Move(Archive, Path.Combine(_root, "elsewhere"));
        File.CreateSymbolicLink(Archive, Path.Combine(_root, "elsewhere"));
    }));

    [Fact]
    public async Task Is_not_trusted_where_it_holds_more() =>
        Assert.Equal("KU-7015", await CodeAsync(() => File.WriteAllText(Path.Combine(Folder, "0002.dump"), "")));

    [Fact]
    public async Task Is_none_without_a_manifest() => Assert.Equal("KU-7011", await CodeAsync(() => File.Delete(Manifest)));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{ \"format\": 1, \"id\": \"20261125T120000Z-0123abcd\" }")]
    [InlineData("{ \"format\": \"one\" }")]
    public async Task Is_none_where_the_manifest_is_no_manifest(string text) =>
        Assert.Equal("KU-7011", await CodeAsync(() => File.WriteAllText(Manifest, text)));

    /// <summary>As <see cref="WordsOfAClosedList"/> has it of other files.</summary>
    [Theory]
    [MemberData(nameof(WordsOfAClosedList.NotOne), MemberType = typeof(WordsOfAClosedList))]
    public async Task Is_none_where_a_target_has_another_scope_than_there_are(string scope) => Assert.Equal("KU-7011",
        await CodeAsync(() => EditManifest("\"scope\": \"instance\"", $"\"scope\": {scope}")));

    [Fact]
    public async Task Is_none_under_another_name() => Assert.Equal("KU-7011", await CodeAsync(() => EditManifest(Id, Id[..^1] + "e")));

    [Theory]
    [InlineData("../0001-krang.dump")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../b")]
    [InlineData("a/b/c")]
    [InlineData("")]
    public async Task Is_none_where_the_manifest_names_a_file_elsewhere(string path) => Assert.Equal("KU-7011",
        await CodeAsync(() => EditManifest("\"path\": \"0001-krang.dump\"", $"\"path\": \"{path}\"")));

    [Fact]
    public async Task Is_damaged_where_a_target_has_no_archive() =>
        Assert.Equal("KU-7013", await CodeAsync(() => EditManifest("\"archive\": \"0001", "\"archive\": \"0002")));

    [Fact]
    public async Task A_newer_format_is_left_to_the_newer_program() =>
        Assert.Equal("KU-7012", await CodeAsync(() => File.WriteAllText(Manifest, "{ \"format\": 2, \"what\": [] }")));

    [Fact]
    public void A_folder_that_is_being_written_or_removed_is_no_save()
    {
        foreach (var name in (string[])[Id + ".partial", Id + ".removed", "notes", "20261399T120000Z-0123abcd"])
            Directory.CreateDirectory(Path.Combine(_root, name));

        Assert.Empty(new SaveDirectory(_root).Saves());
        Assert.Equal([Folder + ".partial", Folder + ".removed"], new SaveDirectory(_root).Leftovers());
        Assert.Null(new SaveDirectory(_root).Find("../" + Id));
    }

    [Fact]
    public async Task Leaves_no_lock_where_its_folder_cannot_be_created()
    {
        var context = Context(new FakeTimeProvider(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero)));
        File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Folder);

        var refused = await Assert.ThrowsAsync<UpgradeException>(() => SaveFolder.BeginAsync(context, _ => { }));

        Assert.Equal("KU-7007", refused.Problems[0].Code);
        Assert.Equal([Folder], Directory.EnumerateFileSystemEntries(_root));
    }

    /// <summary>A directory's link may lead anywhere, also back to the save.</summary>
    [Fact]
    public async Task Is_not_trusted_where_it_holds_a_link_to_a_directory_which_is_not_followed()
    {
        await WriteAsync();
        Directory.CreateSymbolicLink(Path.Combine(Folder, "loop"), Folder);

        Assert.Equal(["0001-krang.dump", "loop", SaveManifest.FileName], FilesBelow.PathsIn(Folder));
        Assert.Equal(["KU-7015"], SaveFiles.Look(Assert.Single(new SaveDirectory(_root).Saves())).Select(problem => problem.Code));
    }

    /// <summary>pg_dump has temporary files.</summary>
    [Fact]
    public async Task Has_the_size_of_its_files_while_others_come_and_go()
    {
        File.WriteAllText(Path.Combine(_root, "archive"), "0123456789");
        var progress = new SaveProgress(new SavePlan([], 0), _root, TimeProvider.System);
        using var end = new CancellationTokenSource();
        var churning = Task.Run(() =>
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                File.WriteAllText(Path.Combine(_root, $"{i % 50}"), "");
                File.Delete(Path.Combine(_root, $"{(i + 25) % 50}"));
            }
        }, Token);
        for (var times = 0; times < 2000; times++) Assert.Equal(10, progress.Look().Bytes);
        await end.CancelAsync();
        await churning;
    }

    [Fact]
    public async Task Is_not_watched_any_more_after_any_failure()
    {
        var context = Context(TimeProvider.System);
        var left = 0;
        var failed = false;
        var archive = new PlannedArchive
        {
            Name = "0001",
            Targets = [],
            Schemas = [],
            Bytes = 0,
            Database = null!,
            Programs = null!,
        };
        var saver = new Saver(context, happened => left += failed && happened is SaveEvent.Progressed ? 1 : 0);

        await Assert.ThrowsAnyAsync<Exception>(() => saver.TakeAsync(new SavePlan([archive], 0), Token));
        failed = true;

        await Task.Delay(TimeSpan.FromSeconds(1.5), Token);
        Assert.Equal(0, left);
    }

    private SaveContext Context(TimeProvider time) => new()
    {
        RunId = Guid.Parse("00000000-0000-7000-8000-00000123abcd"),
        Installation = "test",
        Directory = _root,
        SchemasPerArchive = 1,
        Parallel = 1,
        PerServer = 1,
        Connection = new ConnectionSettings("tests", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)),
        Time = time,
    };

    [Fact]
    public async Task Comes_after_one_that_was_finished_earlier_in_the_same_second()
    {
        const string earlier = "20261125T120000Z-ffffffff";
        await WriteAsync();
        EditManifest(Id, earlier);
        Directory.Move(Folder, Path.Combine(_root, earlier));
        await WriteAsync(DateTimeOffset.UnixEpoch.AddMilliseconds(1));

        Assert.Equal([earlier, Id], new SaveDirectory(_root).Saves().Select(save => save.Id));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<string?> CodeAsync(Action sabotage)
    {
        await WriteAsync();
        sabotage();
        var problems = await SaveFiles.VerifyAsync(Assert.Single(new SaveDirectory(_root).Saves()), Token);
        return problems is [var first, ..] ? first.Code : null;
    }

    private void EditManifest(string from, string to)
    {
        var text = File.ReadAllText(Manifest);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(Manifest, text.Replace(from, to, StringComparison.Ordinal));
    }

    private async Task WriteAsync(DateTimeOffset? finished = null)
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Archive, "the archive", Token);
        var file = await SaveFiles.ReadAsync(Folder, Path.GetFileName(Archive), Token);
        await File.WriteAllBytesAsync(Manifest, Save.Bytes(new SaveManifest
        {
            Id = Id,
            Installation = "test",
            RunId = Guid.NewGuid(),
            StartedAt = DateTimeOffset.UnixEpoch,
            FinishedAt = finished ?? DateTimeOffset.UnixEpoch,
            Host = "here:1",
            BeforeUpgrade = true,
            Targets =
            [
                new SavedTarget(Scope.Instance, "acme", "db:5432", "krang", "acme", "0001-krang.dump",
                    new Dictionary<string, string> { [""] = "1.004" })
                {
                    Goals = new Dictionary<string, string> { [""] = "1.005" },
                },
            ],
            Archives = [new SavedArchive("0001-krang.dump", "15.18", "15.18", [file])],
        }), Token);
    }
}
