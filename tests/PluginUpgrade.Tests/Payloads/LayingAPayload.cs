using PluginUpgrade.Files;
using PluginUpgrade.Payloads;

namespace PluginUpgrade.Tests.Payloads;

public sealed class LayingAPayload
{
    private static readonly Guid Run = Guid.Parse("0198a000-0000-7000-8000-00000000000a");

    /// <summary>A file of each fate, and a removal of each kind.</summary>
    internal static readonly PayloadSource Everything = new("1.004",
        ("bin/krang", "new program"), ("bin/lib/one.so", "one"), ("bin/new/deep/er", "deep"), ("conf/krang.conf", "new settings"),
        ("conf/secret", "hush"), ("conf/new.conf", "new"), ("bin/it's a \"new\"\nname", "odd"))
    {
        Remove = ["bin/lib/two.so", "bin/dangling", "conf/gone", "empty", "nowhere", "old/", "old/only", "bin/lib"],
        Modes = new Dictionary<string, int> { ["bin/new/deep/er"] = 0b111_101_000 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task C1_C4_C5_does_to_each_file_what_is_its_due()
    {
        using var payload = Ready();
        payload.Installation.Mode("bin/krang", 0b111_000_000);

        var outcome = await InstallAsync(payload);

        Assert.Equal((3, 1, 1, 5, 2, 33L), Counts(outcome.Effect));
        Assert.Equal("new program", payload.Installation.Read("bin/krang"));
        Assert.Equal(0b111_000_000, payload.Installation.Mode("bin/krang"));
        Assert.Equal("deep", payload.Installation.Read("bin/new/deep/er"));
        Assert.Equal(0b111_101_000, payload.Installation.Mode("bin/new/deep/er"));
        Assert.Equal("odd", payload.Installation.Read("bin/it's a \"new\"\nname"));
        Assert.Equal("old settings", payload.Installation.Read("conf/krang.conf"));
        Assert.Equal("new settings", payload.Installation.Read("conf/krang.conf.new"));
        Assert.Equal(0b110_100_000, payload.Installation.Mode("conf/krang.conf.new"));
        Assert.False(File.Exists(payload.Installation.At("conf/secret.new")));
        Assert.Equal("new", payload.Installation.Read("conf/new.conf"));
        Assert.True(File.Exists(payload.Installation.At("conf/gone")));
        Assert.False(File.Exists(payload.Installation.At("bin/lib/two.so")));
        Assert.Null(new FileInfo(payload.Installation.At("bin/dangling")).LinkTarget);
        Assert.False(Directory.Exists(payload.Installation.At("empty")));
        Assert.False(Directory.Exists(payload.Installation.At("old")));
        Assert.Equal(["conf/krang.conf"], outcome.Beside);
        Assert.Equal(["bin/lib"], outcome.Left);
        Assert.True(PayloadRecord.Read(payload.Root)!.Is(payload.Read().Payload!));
    }

    [Fact]
    public async Task C2_again_changes_nothing_at_all()
    {
        using var payload = Ready();
        await InstallAsync(payload);
        var (digest, times) = (payload.Installation.Digest(), Times(payload.Root));

        var outcome = await InstallAsync(payload);

        Assert.Equal((0, 0, 0, 0, 7, 0L), Counts(outcome.Effect));
        Assert.Equal(digest, payload.Installation.Digest());
        Assert.Equal(times, Times(payload.Root));
    }

    /// <summary>Remove tells all that was ever taken away, so that one who jumps loses it too.</summary>
    [Fact]
    public async Task C3_one_version_after_another_comes_to_the_same_as_all_at_once()
    {
        PayloadSource first = new("1.002", ("bin/krang", "two"), ("bin/between", "two"), ("conf/krang.conf", "two"), ("conf/secret", "2"));
        PayloadSource second = new("1.003",
            ("bin/krang", "three"), ("conf/krang.conf", "three"), ("conf/secret", "hush"), ("bin/last", "3"))
        {
            Remove = ["bin/between", "bin/lib/one.so"],
        };
        using TemporaryPayload chain = new(first);
        await InstallAsync(chain);
        second.WriteTo(chain.Folder);
        await InstallAsync(chain);
        using TemporaryPayload jump = new(second);
        await InstallAsync(jump);

        Assert.Equal(TreeDigest.Of(jump.Installation.At("bin")), TreeDigest.Of(chain.Installation.At("bin")));
        Assert.Equal(TreeDigest.Of(jump.Installation.At("conf")), TreeDigest.Of(chain.Installation.At("conf")));
    }

    [Fact]
    public async Task C1_an_older_new_file_beside_a_kept_one_is_replaced_and_goes_once_the_kept_one_is_like_it()
    {
        using TemporaryPayload payload = new(new PayloadSource("1.002", ("conf/krang.conf", "two")));
        await InstallAsync(payload);
        new PayloadSource("1.003", ("conf/krang.conf", "three")).WriteTo(payload.Folder);
        await InstallAsync(payload);
        Assert.Equal("three", payload.Installation.Read("conf/krang.conf.new"));
        payload.Installation.Write("conf/krang.conf", "three", 0x1a0);
        new PayloadSource("1.004", ("conf/krang.conf", "three")).WriteTo(payload.Folder);
        await InstallAsync(payload);
        Assert.False(File.Exists(payload.Installation.At("conf/krang.conf.new")));
        Assert.Equal("three", payload.Installation.Read("conf/krang.conf"));
    }

    /// <summary>Only what krang-upgrade wrote is removed: not what was there before, and not what the operator changed since.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task C1_an_operators_own_file_that_is_named_like_a_new_one_stays(bool afterOneOfOurs)
    {
        using TemporaryPayload payload = new(new PayloadSource("1.002", ("conf/krang.conf", "two")));
        if (afterOneOfOurs) await InstallAsync(payload);
        payload.Installation.Write("conf/krang.conf.new", "the operator's", 0x1a0);
        payload.Installation.Write("conf/krang.conf", "three", 0x1a0);
        new PayloadSource("1.003", ("conf/krang.conf", "three")).WriteTo(payload.Folder);
        await InstallAsync(payload);
        Assert.Equal("the operator's", payload.Installation.Read("conf/krang.conf.new"));
    }

    /// <summary>A payload that does not have the file, or has it unchanged, comes in between.</summary>
    [Fact]
    public async Task C1_a_new_file_beside_a_kept_one_is_known_through_later_payloads()
    {
        using TemporaryPayload payload = new(new PayloadSource("1.002", ("conf/krang.conf", "two"), ("conf/secret", "three")));
        await InstallAsync(payload);
        new PayloadSource("1.003", ("conf/secret", "three")).WriteTo(payload.Folder);
        await InstallAsync(payload);
        payload.Installation.Write("conf/krang.conf", "two", 0x1a0);
        payload.Installation.Write("conf/secret", "three", 0x180);
        new PayloadSource("1.004", ("conf/krang.conf", "two"), ("conf/secret", "three")).WriteTo(payload.Folder);
        await InstallAsync(payload);
        Assert.False(File.Exists(payload.Installation.At("conf/krang.conf.new")));
        Assert.False(File.Exists(payload.Installation.At("conf/secret.new")));
    }

    [Fact]
    public async Task C1_a_file_of_the_payload_that_is_named_like_a_new_one_beside_a_kept_one_stays()
    {
        using TemporaryPayload payload = new(
            new PayloadSource("1.002", ("conf/krang.conf", "old settings"), ("conf/krang.conf.new", "ours")));
        for (var times = 0; times < 3; times++)
        {
            await InstallAsync(payload);
            Assert.Equal("ours", payload.Installation.Read("conf/krang.conf.new"));
        }
    }

    [Fact]
    public async Task C1_a_kept_link_stays_a_link_and_what_it_leads_to_is_not_touched()
    {
        using TemporaryPayload payload = new(new PayloadSource("1.002", ("conf/site.conf", "new"), ("conf/same.conf", "not ours")));
        foreach (var name in (string[])["site.conf", "same.conf"])
            File.CreateSymbolicLink(payload.Installation.At($"conf/{name}"), Path.Join(payload.Installation.Outer, "outside"));
        await InstallAsync(payload);
        Assert.NotNull(new FileInfo(payload.Installation.At("conf/site.conf")).LinkTarget);
        Assert.Equal("not ours", File.ReadAllText(Path.Join(payload.Installation.Outer, "outside")));
        Assert.Equal("new", payload.Installation.Read("conf/site.conf.new"));
        Assert.False(File.Exists(payload.Installation.At("conf/same.conf.new")));
    }

    [Fact]
    public async Task What_is_in_the_way_is_found_all_at_once_before_anything_is_changed()
    {
        using TemporaryPayload payload = new(new PayloadSource("1.002",
            ("empty", "a file"), ("bin/krang/below", "a file"), ("bin/current", "a file"), ("out/side", "a file"), ("bin/good", "good"),
            ("conf/a", "a"), ("conf/secret", "x")));
        payload.Installation.Write("conf/a", "mine", 0x1a4);
        Directory.CreateDirectory(payload.Installation.At("conf/a.new"));
        var before = payload.Installation.Digest();

        var problems = PayloadInstallation.Preview(payload.Read().Payload!, TemporaryPayload.Kept, payload.Root).Problems;

        Assert.All(problems, problem => Assert.Equal("KU-7113", problem.Code));
        Assert.Equal(["bin/current", "bin/krang/below", "conf/a", "empty", "out/side"],
            problems.SelectMany(problem => problem.Subject.Split(", ")).Order(StringComparer.Ordinal));
        await Assert.ThrowsAsync<UpgradeException>(() => InstallAsync(payload));
        Assert.Equal(before, payload.Installation.Digest());
    }

    [Fact]
    public async Task A_file_that_changes_after_it_was_looked_at_is_not_put_in_place()
    {
        using var payload = Ready();
        var read = payload.Read().Payload!;
        payload.Installation.Write("payload/conf/krang.conf", "NEW SETTINGS", 0x1a4);
        var before = payload.Installation.Digest();
        var log = payload.Installation.Begin();

        var refusal = await Assert.ThrowsAsync<UpgradeException>(() => InstallAsync(payload, log, read));
        await log.UndoAsync(Token);

        Assert.Equal("KU-7140", refusal.Problems.Single().Code);
        Assert.Equal(before, payload.Installation.Digest());
    }

    [Fact]
    public async Task C5_new_files_belong_to_whom_their_directory_belongs_and_replaced_ones_to_whom_they_did()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may give files away.");
        using var payload = Ready();
        Own(payload.Installation.At("bin"), "65534:65533");
        Own(payload.Installation.At("bin/krang"), "65532:65531");
        await InstallAsync(payload);
        Assert.Equal("65532:65531", Owner(payload.Installation.At("bin/krang")));
        Assert.Equal("65534:65533", Owner(payload.Installation.At("bin/new/deep/er")));
        Assert.Equal("65534:65533", Owner(payload.Installation.At("bin/new/deep")));
    }

    internal static TemporaryPayload Ready(bool inMemory = false)
    {
        TemporaryPayload payload = new(Everything, inMemory);
        payload.Installation.Write("old/only", "old", 0x1a4);
        payload.Installation.Write("conf/gone", "mine", 0x1a4);
        return payload;
    }

    internal static async Task<PayloadOutcome> InstallAsync(TemporaryPayload payload)
    {
        var log = payload.Installation.Begin();
        try
        {
            var outcome = await InstallAsync(payload, log, payload.Read().Payload!);
            await log.ForgetAsync(Token);
            return outcome;
        }
        catch (UpgradeException)
        {
            await log.UndoAsync(Token);
            throw;
        }
    }

    internal static Task<PayloadOutcome> InstallAsync(TemporaryPayload payload, UndoLog log, Payload read)
    {
        Assert.DoesNotContain(payload.Read().Problems, problem => problem.Code is not "KU-7104");
        return new PayloadInstallation(read, TemporaryPayload.Kept, Run, TimeProvider.System).InstallAsync(log, (_, _) => { }, Token);
    }

    private static (int, int, int, int, int, long) Counts(PayloadEffect effect) =>
        (effect.New, effect.Replaced, effect.Beside, effect.Removed, effect.Unchanged, effect.Bytes);

    private static string Times(string root) => string.Join('\n', Directory
        .EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => $"{path} {File.GetLastWriteTimeUtc(path).Ticks}"));

    private static void Own(string path, string owner) => Shell.Run("chown", owner, path);

    private static string Owner(string path) => Shell.Run("stat", "-c", "%u:%g", path).Trim();
}
