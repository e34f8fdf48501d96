using System.Text;
using PluginUpgrade.Files;

namespace PluginUpgrade.Tests.Payloads;

public sealed class AKilledHost
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Before_any_operation_of_the_step_leaves_what_the_next_one_undoes()
    {
        var operations = await UntilItSucceeds(async (installation, killer) =>
        {
            await Dies(killer, () => Everything.DoAsync(installation.Begin(killer).Files, Token));
            await UndoAll(installation.Root);
            Assert.Equal(installation.Before, installation.Digest());
        });
        Assert.True(operations > 100, $"{operations} operations");
    }

    [Fact]
    public async Task While_it_undoes_leaves_what_the_next_one_undoes()
    {
        var operations = await UntilItSucceeds(async (installation, killer) =>
        {
            await Everything.DoAsync(installation.Begin().Files, Token);
            await Dies(killer, async () =>
            {
                foreach (var log in UndoLog.Find(installation.Root, killer.BeforeEach)) await log.UndoAsync(Token);
            });
            await UndoAll(installation.Root);
            Assert.Equal(installation.Before, installation.Digest());
        });
        Assert.True(operations > 50, $"{operations} operations");
    }

    [Fact]
    public async Task While_it_undoes_a_step_cut_short_and_again_while_it_undoes_the_rest_loses_nothing()
    {
        Random random = new(20261120);
        for (var trial = 0; trial < 150; trial++)
        {
            using TemporaryInstallation installation = new(inMemory: true);
            Killer killer = new(random.Next(1, 200));
            await Dies(killer, () => Everything.DoAsync(installation.Begin(killer).Files, Token));
            for (var again = 0; again < 4; again++)
            {
                Killer next = new(random.Next(1, 40));
                await Dies(next, async () =>
                {
                    foreach (var log in UndoLog.Find(installation.Root, next.BeforeEach)) await log.UndoAsync(Token);
                });
            }
            await UndoAll(installation.Root);
            Assert.Equal(installation.Before, installation.Digest());
        }
    }

    [Fact]
    public async Task While_it_forgets_a_committed_step_leaves_the_step_as_it_was_committed()
    {
        var operations = await UntilItSucceeds(async (installation, killer) =>
        {
            var log = UndoLog.Create(installation.Root, TemporaryInstallation.Owner);
            await Everything.DoAsync(log.Files, Token);
            await Dies(killer, async () =>
            {
                foreach (var found in UndoLog.Find(installation.Root, killer.BeforeEach)) await found.ForgetAsync(Token);
            });
            // The journal says that it was committed: what is found is forgotten.
            foreach (var found in UndoLog.Find(installation.Root))
            {
                Assert.Equal(TemporaryInstallation.Owner, found.Owner);
                await found.ForgetAsync(Token);
            }
            Assert.Equal("new settings", installation.Read("conf/krang.conf"));
            using TemporaryInstallation model = new(inMemory: true);
            var whole = model.Begin();
            await Everything.DoAsync(whole.Files, Token);
            await whole.ForgetAsync(Token);
            Assert.Equal(TreeDigest.Of(model.Root), TreeDigest.Of(installation.Root));
        });
        Assert.True(operations > 10, $"{operations} operations");
    }

    [Fact]
    public async Task While_it_forgets_leaves_the_whole_undo_or_none_of_it()
    {
        await UntilItSucceeds(async (installation, killer) =>
        {
            await Everything.DoAsync(installation.Begin().Files, Token);
            var after = TreeDigest.Of(installation.At("bin"));
            await Dies(killer, () => UndoLog.Find(installation.Root, killer.BeforeEach)[0].ForgetAsync(Token));
            var found = UndoLog.Find(installation.Root);
            await UndoAll(installation.Root);
            if (found.Count > 0) Assert.Equal(installation.Before, installation.Digest());
            else Assert.Equal(after, TreeDigest.Of(installation.At("bin")));
        });
    }

    [Fact]
    public async Task A_kill_in_the_middle_of_a_log_line_means_that_its_change_did_not_begin()
    {
        byte[] torn = Encoding.UTF8.GetBytes("""{"undone":0,"change":{"kind":"Created","path":"conf/krang.conf","other":"nowhere"}}""");
        for (var length = 0; length <= torn.Length; length++)
        {
            using TemporaryInstallation installation = new(inMemory: true);
            var log = installation.Begin();
            await log.Files.WriteAsync("conf/krang.conf", "new", Token);
            await using (var file = new FileStream(Path.Join(log.Location, "log.jsonl"), FileMode.Append))
                await file.WriteAsync(torn.AsMemory(0, length), Token);
            await UndoAll(installation.Root);
            Assert.Equal(installation.Before, installation.Digest());
        }
    }

    [Fact]
    public async Task Whose_last_line_reached_the_disk_in_parts_did_not_begin_that_change()
    {
        using TemporaryInstallation installation = new();
        var log = installation.Begin();
        await log.Files.WriteAsync("conf/krang.conf", "new", Token);
        await File.AppendAllTextAsync(Path.Join(log.Location, "log.jsonl"), "{\"undone\":0,\0\0\0\0\"}}\n", Token);
        await UndoAll(installation.Root);
        Assert.Equal(installation.Before, installation.Digest());
    }

    [Fact]
    public async Task A_kill_in_the_middle_of_the_first_log_line_changed_nothing()
    {
        using TemporaryInstallation installation = new(inMemory: true);
        var log = installation.Begin();
        await log.Files.CopyAsync("conf", "data/conf", Token);
        var file = Path.Join(log.Location, "log.jsonl");
        var header = (await File.ReadAllLinesAsync(file, Token))[0];
        Directory.Delete(installation.At("data/conf"), recursive: true);
        await File.WriteAllTextAsync(file, header[..20], Token);
        Assert.Empty(UndoLog.Find(installation.Root));
        Assert.Equal(installation.Before, installation.Digest());
    }

    [Fact]
    public async Task Leaves_logs_that_are_found_oldest_first_and_tell_whose_they_are()
    {
        using TemporaryInstallation installation = new(inMemory: true);
        List<UndoOwner> owners = [.. "12345".Select(version => TemporaryInstallation.Owner with { VersionKey = $"{version}" })];
        foreach (var owner in owners)
        {
            await UndoLog.Create(installation.Root, owner).Files.WriteAsync("conf/krang.conf", owner.VersionKey, Token);
            await Task.Delay(2, Token); // Ids are ordered by the millisecond.
        }
        var found = UndoLog.Find(installation.Root);
        Assert.Equal(owners, found.Select(log => log.Owner));
        await Assert.ThrowsAsync<InvalidOperationException>(() => found[0].Files.RemoveAsync("conf", Token));
        await UndoAll(installation.Root);
        Assert.Equal(installation.Before, installation.Digest());
    }

    [Fact]
    public async Task Does_not_make_the_next_one_delete_what_somebody_keeps_beside_the_logs()
    {
        using TemporaryInstallation installation = new(inMemory: true);
        installation.Write("data/upgrade-undo/notes/why", "because", 0x1a4);
        await installation.Begin().Files.RemoveAsync("conf", Token);
        await UndoAll(installation.Root);
        Assert.Equal("because", installation.Read("data/upgrade-undo/notes/why"));
        Assert.Equal("hush", installation.Read("conf/secret"));
    }

    [Fact]
    public async Task Does_not_make_the_next_one_undo_or_delete_a_copy_that_somebody_made_of_a_log()
    {
        using TemporaryInstallation installation = new(inMemory: true);
        var log = installation.Begin();
        await log.Files.WriteAsync("conf/added", "by the step", Token);
        var copy = $"data/upgrade-undo/{Path.GetFileName(log.Location)}.bak";
        Directory.CreateDirectory(installation.At(copy));
        File.Copy(Path.Join(log.Location, "log.jsonl"), installation.At($"{copy}/log.jsonl"));
        Directory.CreateDirectory(installation.At($"{copy}2"));
        Assert.Single(UndoLog.Find(installation.Root));
        await UndoAll(installation.Root);

        await installation.Begin().Files.WriteAsync("conf/added", "later", Token);
        foreach (var found in UndoLog.Find(installation.Root)) await found.ForgetAsync(Token);

        Assert.Empty(UndoLog.Find(installation.Root));
        Assert.Equal("later", installation.Read("conf/added"));
        Assert.True(File.Exists(installation.At($"{copy}/log.jsonl")) && Directory.Exists(installation.At($"{copy}2")));
    }

    internal static async Task UndoAll(string root)
    {
        foreach (var log in UndoLog.Find(root).Reverse()) await log.UndoAsync(Token);
        Assert.Empty(UndoLog.Find(root));
    }

    internal static async Task Dies(Killer killer, Func<Task> work)
    {
        try
        {
            await work();
            Assert.False(killer.Killed);
        }
        catch (KilledException)
        {
            Assert.True(killer.Killed);
        }
    }

    /// <summary>Kills before operation 1, 2, 3 … until the work is done before it comes to that. Answers how many there are.</summary>
    private static async Task<int> UntilItSucceeds(Func<TemporaryInstallation, Killer, Task> trial)
    {
        for (var at = 1; ; at++)
        {
            using TemporaryInstallation installation = new(inMemory: true);
            Killer killer = new(at);
            await trial(installation, killer);
            if (!killer.Killed) return killer.Operations;
        }
    }
}
