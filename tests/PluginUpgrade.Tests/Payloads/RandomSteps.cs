namespace PluginUpgrade.Tests.Payloads;

public sealed class RandomSteps
{
    private const int Steps = 400;

    private static readonly string[] Names = ["bin", "conf", "bin/lib", "a", "b", "a/b", "conf/krang.conf", "bin/lib/one.so", "bin/current",
        "empty", "a/b/c", "out", "conf/secret", "data/kept", "b/c", "bin/lib/one.so/x", "a/bin", "bin/dangling"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Are_undone_to_the_last_byte_killed_or_not()
    {
        Random random = new(4711);
        var made = 0;
        for (var step = 0; step < Steps; step++)
        {
            using TemporaryInstallation installation = new(inMemory: true);
            Killer killer = new(step % 2 == 0 ? int.MaxValue : random.Next(1, 150));
            var log = installation.Begin(killer);
            await AKilledHost.Dies(killer, async () =>
            {
                for (var change = random.Next(1, 20); change > 0; change--) made += await TryChange(log.Files, random) ? 1 : 0;
                await log.UndoAsync(Token);
            });
            if (killer.Killed) await AKilledHost.UndoAll(installation.Root);
            Assert.True(installation.Before == installation.Digest(), $"step {step}: {installation.Before}\n\n{installation.Digest()}");
        }
        Assert.True(made > Steps * 3, $"only {made} changes were possible");
    }

    private static async Task<bool> TryChange(InstallationFiles files, Random random)
    {
        var (one, other) = (Names[random.Next(Names.Length)], Names[random.Next(Names.Length)]);
        try
        {
            await (random.Next(4) switch
            {
                0 => files.MoveAsync(one, other, Token),
                1 => files.CopyAsync(one, other, Token),
                2 => files.RemoveAsync(one, Token),
                _ => files.WriteAsync(one, $"{random.Next()}", Token),
            });
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // A module may go on after a change that was impossible.
        }
    }
}
