using System.Text.Json;
using Npgsql;
using PluginUpgrade.Harness;

namespace PluginUpgrade.Measure;

/// <summary>A directory to run the host in: settings, one instance, a drop folder of so many modules (1.0001, 1.0002 and so on).</summary>
internal sealed record Installation(string Root)
{
    public string DropFolder => Path.Combine(Root, "upgrade");

    /// <param name="database">The connection string of a database of its own.</param>
    public static async Task<Installation> MakeAsync(string root, string database, int modules)
    {
        var installation = new Installation(root);
        Directory.CreateDirectory(installation.DropFolder);
        for (var number = 1; number <= modules; number++)
        {
            var module = new ModuleSource($"V1_{number:0000}") { PerInstallation = "", PerInstance = "SELECT 1" };
            await File.WriteAllBytesAsync(Path.Combine(installation.DropFolder, $"{module.Name}.dll"), ModuleAssembly.Of(module));
        }
        await File.WriteAllTextAsync(Path.Combine(root, "krang-upgrade.json"), JsonSerializer.Serialize(new
        {
            Installation = new { Name = "bench", Database = database },
            Instances = new { acme = new { Schema = "acme" } },
        }));
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("CREATE SCHEMA acme", connection);
        await command.ExecuteNonQueryAsync();
        return installation;
    }

    /// <summary>The host with these words, in this directory.</summary>
    public Contender Runs(params string[] arguments) =>
        new($"`krang-upgrade {string.Join(' ', arguments)}`", Built.Host, [.. arguments, "--root", Root]);
}
