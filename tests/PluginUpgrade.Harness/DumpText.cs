using System.Text.RegularExpressions;
using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Harness;

/// <summary>
/// A database or a schema as pg_dump writes it: definitions, rows, sequences, large objects, grants, owners, comments. Equal texts are
/// equal contents, and the program that is tested has no part in them.
/// </summary>
public static partial class DumpText
{
    private static readonly ConnectionSettings Settings = new("dump", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));

    private static readonly Lazy<Task<IReadOnlyList<ClientPrograms>>> Installed =
        new(() => ClientPrograms.FindAllAsync(null, CancellationToken.None));

    /// <summary>Whether this machine has a pg_dump for the tests' server, of which a database was made before.</summary>
    public static async Task<bool> IsPossibleAsync()
    {
        var major = int.Parse(string.Concat(TestServer.Version.TakeWhile(char.IsAsciiDigit)), null);
        return ClientPrograms.For(await Installed.Value, major) is not null;
    }

    /// <param name="schema">Null: the whole database, and what belongs to it.</param>
    /// <param name="encoding">In which the text is read; Latin-1 keeps every byte as it is.</param>
    public static async Task<string> OfAsync(string database, string? schema = null, System.Text.Encoding? encoding = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellation);
        var programs = ClientPrograms.For(await ClientPrograms.FindAllAsync(null, cancellation), connection.PostgreSqlVersion.Major)!;
        await connection.CloseAsync();
        var file = Path.GetTempFileName();
        var dump = new ProgramCall
        {
            File = programs.Dump,
            Arguments = [$"--file={file}", .. schema is null ? (string[])["--create"] : [$"--schema={PostgresName.Quote(schema)}"]],
            Environment = ClientConnection.Environment(database, Settings),
        };
        var result = await dump.RunAsync(cancellation);
        var text = await File.ReadAllTextAsync(file, encoding ?? System.Text.Encoding.UTF8, cancellation);
        File.Delete(file);
        Assert.True(result.ExitCode == 0, result.Said);
        return KeyOfThisCall().Replace(text, "");
    }

    [GeneratedRegex(@"(?m)^\\(un)?restrict .*\n")]
    private static partial Regex KeyOfThisCall();
}
