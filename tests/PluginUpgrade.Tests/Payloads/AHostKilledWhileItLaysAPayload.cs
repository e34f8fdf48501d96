using PluginUpgrade.Files;

namespace PluginUpgrade.Tests.Payloads;

/// <summary>The host ends before the n-th operation on the disk, for every n. The next one finds all files old, or all new.</summary>
public sealed class AHostKilledWhileItLaysAPayload
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Before_any_operation_leaves_what_the_next_one_undoes()
    {
        var operations = await UntilItSucceeds(async (payload, killer, before, _) =>
        {
            await AKilledHost.Dies(killer, () => LayingAPayload.InstallAsync(
                payload, payload.Installation.Begin(killer), payload.Read().Payload!));
            await AKilledHost.UndoAll(payload.Root);
            Assert.Equal(before, payload.Installation.Digest());
            // And then it is laid as if nothing had been.
            await LayingAPayload.InstallAsync(payload);
        });
        Assert.True(operations > 60, $"{operations} operations");
    }

    [Fact]
    public async Task While_it_forgets_a_committed_one_leaves_the_new_files()
    {
        await UntilItSucceeds(async (payload, killer, _, after) =>
        {
            await LayingAPayload.InstallAsync(payload, payload.Installation.Begin(), payload.Read().Payload!);
            await AKilledHost.Dies(killer, () => UndoLog.Find(payload.Root, killer.BeforeEach)[0].ForgetAsync(Token));
            // The journal says that it was committed.
            foreach (var found in UndoLog.Find(payload.Root)) await found.ForgetAsync(Token);
            Assert.Equal(after, Files(payload));
        });
    }

    [Fact]
    public async Task While_it_forgets_one_that_no_journal_knows_leaves_all_old_or_all_new()
    {
        await UntilItSucceeds(async (payload, killer, before, after) =>
        {
            await LayingAPayload.InstallAsync(payload, payload.Installation.Begin(), payload.Read().Payload!);
            await AKilledHost.Dies(killer, () => UndoLog.Find(payload.Root, killer.BeforeEach)[0].ForgetAsync(Token));
            var isUndone = UndoLog.Find(payload.Root).Count > 0;
            await AKilledHost.UndoAll(payload.Root);
            if (isUndone) Assert.Equal(before, payload.Installation.Digest());
            else Assert.Equal(after, Files(payload));
        });
    }

    private static string Files(TemporaryPayload payload) => string.Join('\n',
        TreeDigest.Of(payload.Installation.At("bin")), TreeDigest.Of(payload.Installation.At("conf")),
        string.Join(' ', Directory.GetFileSystemEntries(payload.Root).Order(StringComparer.Ordinal).Select(Path.GetFileName)),
        string.Join(' ', Directory.GetFileSystemEntries(payload.Installation.At("data")).Order(StringComparer.Ordinal)
            .Select(Path.GetFileName)));

    private static async Task<int> UntilItSucceeds(Func<TemporaryPayload, Killer, string, string, Task> trial)
    {
        using var model = LayingAPayload.Ready(inMemory: true);
        await LayingAPayload.InstallAsync(model);
        var after = Files(model);
        for (var at = 1; ; at++)
        {
            using var payload = LayingAPayload.Ready(inMemory: true);
            Killer killer = new(at);
            await trial(payload, killer, payload.Installation.Digest(), after);
            if (!killer.Killed) return killer.Operations;
        }
    }
}
