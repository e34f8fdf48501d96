using System.CommandLine;
using System.Diagnostics;
using Npgsql;
using PluginUpgrade.Instances;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Opens psql where a target lives; on the embedded server there is no other way in while it is not running.</summary>
public static class PsqlVerb
{
    private static readonly Argument<string> Name = SharedOptions.NoOption(new Argument<string>("INSTANCE")
    {
        Description = "The instance (default: the installation).",
        Arity = ArgumentArity.ZeroOrOne,
    });

    private static readonly Option<string[]> Statements = new("--command", "-c")
    {
        Description = "Send this SQL and end; may be repeated.",
        HelpName = "SQL",
    };

    public static Command Create(SharedOptions shared) =>
        new Command("psql", "Open psql in a target's database and schema.") { Name, Statements }.Does(shared, RunAsync);

    private static async Task<int> RunAsync(VerbContext context)
    {
        var name = context.Value(Name);
        await using var situation = await context.SituationAsync(
            name is null ? Choice.All : new Choice { Names = [name] }, installationOnly: name is null);
        if (situation.Problems.Count > 0) throw new UpgradeException(situation.Problems);
        var facts = name is null ? situation.Installation : situation.Instances.Single();
        if (situation.IsUnmade) throw new UpgradeException(situation.NotMadeYet("psql"));
        if (facts.Unreachable is { } unreachable) throw new UpgradeException(unreachable);
        var database = new NpgsqlConnectionStringBuilder(facts.Target.Database);
        var statements = (context.Value(Statements) ?? []).SelectMany(sql => new[] { "-c", sql });
        var start = new ProcessStartInfo("psql", ["-X", "-v", "ON_ERROR_STOP=1", .. statements]);
        // By the environment: an argument could be read by everybody on the machine.
        start.Environment["PGHOST"] = database.Host;
        start.Environment["PGPORT"] = $"{database.Port}";
        start.Environment["PGUSER"] = database.Username;
        start.Environment["PGDATABASE"] = database.Database;
        if (database.Password is { Length: > 0 } password) start.Environment["PGPASSWORD"] = password;
        var schema = PostgresName.Quote(facts.Target.Schema)
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace(" ", "\\ ", StringComparison.Ordinal);
        start.Environment["PGOPTIONS"] = $"-c search_path={schema}";
        context.LeaveTerminalToChild();
        try
        {
            using var psql = Process.Start(start)!;
            await psql.WaitForExitAsync(CancellationToken.None);
            return psql.ExitCode == 0 ? 0 : 1;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new UpgradeException(new Problem("KU-1108", "psql",
                "The program psql was not found on this machine.",
                "Install it: apt-get install postgresql-client"));
        }
    }
}
