using System.CommandLine;
using System.Diagnostics;
using Npgsql;
using PluginUpgrade.Checks;
using PluginUpgrade.Instances;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Opens psql in a target's database and schema. While the embedded server is not running, this is the only way in.</summary>
public static class PsqlVerb
{
    private const int NoEntry = 2; // ENOENT

    private static readonly Argument<string> Name = SharedOptions.NoOption(new Argument<string>("INSTANCE")
    {
        Description = "The instance (default: the installation).",
        Arity = ArgumentArity.ZeroOrOne,
    });

    private static readonly Option<string[]> Statements = new("--command", "-c")
    {
        Description = "Send this SQL and exit. Can be repeated.",
        HelpName = "SQL",
    };

    public static Command Create(SharedOptions shared) =>
        new Command("psql", "Open psql in a target's database and schema.") { Name, Statements }.Does(shared, RunAsync);

    private static async Task<int> RunAsync(VerbContext context)
    {
        if (context.Output.IsJson)
            throw new UpgradeException(new Problem("KU-1123", "--json", "psql writes to standard output itself, and writes no JSON.",
                "Leave out --json. For results that programs read, let PostgreSQL make JSON: --command 'SELECT json_agg(...)'."));
        var name = context.Value(Name);
        var state = await context.Flow.ReadAsync(
            new InstallationQuestion(name is null ? InstanceFilter.All : new InstanceFilter { Names = [name] }, context.Problems)
            {
                InstallationOnly = name is null,
            });
        if (state.Problems.Count > 0) throw new UpgradeException(state.Problems);
        var target = name is null ? state.Installation : state.Instances.Single();
        if (state.IsUnmade) throw new UpgradeException(state.NotMadeYet("psql"));
        if (target.Unreachable is { } unreachable) throw new UpgradeException(unreachable);
        // A missing schema is no obstacle to statements: KU-3002 advises to create it with this command.
        var makes = context.Value(Statements) is { Length: > 0 } && !target.DatabaseMissing;
        if (!makes && ExistenceCheck.Find(target).ToList() is { Count: > 0 } missing) throw new UpgradeException(missing);
        context.LeaveTerminalToChild();
        var start = Psql(target.Target, context.Settings.PostgresBin, context.Value(Statements) ?? [], state.Connection);
        try
        {
            using var psql = Process.Start(start)!;
            await psql.WaitForExitAsync(CancellationToken.None);
            return psql.ExitCode == 0 ? 0 : 1;
        }
        catch (System.ComponentModel.Win32Exception e) when (e.NativeErrorCode == NoEntry)
        {
            throw new UpgradeException(new Problem("KU-1108", "psql",
                "psql is not installed on this machine.",
                "Install it: apt-get install postgresql-client"));
        }
    }

    /// <summary>Starts psql with the same connection that krang-upgrade uses; the user's environment cannot lead it elsewhere.</summary>
    private static ProcessStartInfo Psql(Target target, string? bin, IReadOnlyList<string> statements, ConnectionSettings settings)
    {
        // If a pooler refuses options at login, the search path is set by a first statement, if there are statements.
        var atLogin = !settings.Known.Of(new NpgsqlConnectionStringBuilder(target.Database)).RefusesOptions;
        List<string> all = [.. statements];
        if (!atLogin && all.Count > 0) all.Insert(0, $"SET search_path = {PostgresName.Quote(target.Schema)}");
        var start = new ProcessStartInfo(ProgramSearch.Find(bin, "psql") ?? "psql",
            ["-X", "-v", "ON_ERROR_STOP=1", .. atLogin ? (string[])[] : ["-q"], .. all.SelectMany(sql => new[] { "-c", sql })]);
        foreach (var (name, value) in ClientConnection.Environment(target.Database, settings))
            // psql keeps the user's language, and does not take a run's application name.
            if (name is "LC_ALL" or "PGAPPNAME") continue;
            else if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        start.Environment.Remove("PGAPPNAME");
        start.Environment["PGCLIENTENCODING"] = "UTF8";
        if (!atLogin) return start;
        var schema = PostgresName.Quote(target.Schema)
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace(" ", "\\ ", StringComparison.Ordinal);
        start.Environment.TryGetValue("PGOPTIONS", out var options);
        start.Environment["PGOPTIONS"] = $"{options} -c search_path={schema}".TrimStart();
        return start;
    }
}
