using Npgsql;
using PluginUpgrade;

// An application that upgrades at its start: DATABASE SCHEMA VERSION SECONDS-OF-PATIENCE PROGRAM [ARGUMENT]...
await using var connection = new NpgsqlConnection(args[0]);
try
{
    await UpgradeGuard.RequireAsync(connection, args[1], args[2], new GuardOptions
    {
        Patience = TimeSpan.FromSeconds(int.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture)),
        Upgrade = args[4..],
    });
    Console.WriteLine("ready");
    return 0;
}
catch (UpgradeGuardException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
