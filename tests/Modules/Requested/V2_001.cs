using Npgsql;
using PluginUpgrade;

namespace Requested;

/// <summary>
/// Does what a test asks for, by <c>Modules:V2_001:Installation</c> (throw, write, write-and-throw, write-and-wait) and
/// <c>Modules:V2_001:Instance</c> (throw, swallow, commit, commit-and-throw, begin-anew). Every hook leaves a mark first.
/// </summary>
[UpgradeModule("2.001")]
public sealed class V2_001 : IUpgradeModule
{
    private const string Mark = "CREATE TABLE IF NOT EXISTS marks (mark text); INSERT INTO marks VALUES ('V2_001')";

    /// <summary>Until the test's gate is open.</summary>
    private const string Wait = "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM gate.opened) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$";

    public async Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        await installation.ExecuteAsync(Mark, cancellationToken);
        var wish = installation.Settings["Installation"] ?? "";
        if (wish.StartsWith("write", StringComparison.Ordinal))
        {
            await installation.Files.WriteAsync("data/written.txt", "written by V2_001\n", cancellationToken);
            await installation.Files.WriteAsync("data/kept.txt", "overwritten by V2_001\n", cancellationToken);
        }
        if (wish.EndsWith("throw", StringComparison.Ordinal)) throw new InvalidOperationException("The module has had enough.");
        if (wish.EndsWith("wait", StringComparison.Ordinal)) await installation.ExecuteAsync(Wait, cancellationToken);
    }

    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await instance.ExecuteAsync(Mark, cancellationToken);
        switch (instance.Settings["Instance"])
        {
            case "throw": throw new InvalidOperationException("The module has had enough.");
            case "swallow": await SwallowAsync(instance, cancellationToken); break;
            case "commit": await instance.ExecuteAsync("COMMIT", cancellationToken); break;
            case "commit-and-throw":
                await instance.ExecuteAsync("COMMIT", cancellationToken);
                throw new InvalidOperationException("The module has had enough.");
            case "begin-anew": await instance.ExecuteAsync("COMMIT; BEGIN", cancellationToken); break;
        }
    }

    private static async Task SwallowAsync(InstanceContext instance, CancellationToken cancellationToken)
    {
        try
        {
            await instance.ExecuteAsync("INSERT INTO there_is_no_such_table VALUES (1)", cancellationToken);
        }
        catch (PostgresException)
        {
        }
    }
}
