using PluginUpgrade.Bench;

// What a competent engineer writes in an afternoon, and the floor that the host is measured against: no lock, no checks, no way back.
//   BareLoop databases CONNECTION NAMES    upgrades the databases in the file NAMES
//   BareLoop schemas CONNECTION            upgrades the schemas s… of one database
//   BareLoop look CONNECTION NAMES         asks each database how far it is
switch (args)
{
    case ["databases", var connection, var names]:
        await BareLoop.DatabasesAsync(connection, await File.ReadAllLinesAsync(names));
        return 0;
    case ["schemas", var connection]:
        await BareLoop.SchemasAsync(connection);
        return 0;
    case ["look", var connection, var names]:
        Console.WriteLine(await BareLoop.LookAsync(connection, await File.ReadAllLinesAsync(names)));
        return 0;
    default:
        return 2;
}
