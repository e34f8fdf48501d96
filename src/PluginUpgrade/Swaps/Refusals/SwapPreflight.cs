using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.Refusals;

/// <summary>
/// Finds, before anything changes, what prevents the exchange of the plan's schemas: two or three round trips for each
/// <see cref="SchemasAtOnce"/> schemas of a database. Does nothing where the plan builds nothing beside.
/// </summary>
internal sealed class SwapPreflight(ConnectionSettings settings, ServerLimits limits, int parallel)
{
    private const int SchemasAtOnce = 500;

    /// <summary>Its schema cannot be exchanged for one that an instance's module has built; null: not known.</summary>
    public Target? Installation { get; init; }

    public async Task<IReadOnlyList<Problem>> FindAsync(Plan plan, CancellationToken cancellationToken)
    {
        var targets = SwapTarget.Of(plan);
        List<Problem> problems =
        [
            .. targets.Where(target => BesideNames.IsTooLong(target.Live)).Select(TooLong),
            .. targets.Where(target => target.Modules.Count > 1).Select(OneAfterTheOther),
            .. targets.Where(target => IsOfInstallation(target.Target)).Select(Shared),
        ];
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        var databases = targets.Where(target => !target.Target.ToBeMade).GroupBy(target => target.Target.Database);
        await Parallel.ForEachAsync(databases, options, async (database, _) =>
        {
            var found = await AskAsync([.. database], cancellationToken);
            lock (problems) problems.AddRange(found);
        });
        return Problem.Together(problems);
    }

    private async Task<IReadOnlyList<Problem>> AskAsync(IReadOnlyList<SwapTarget> targets, CancellationToken cancellationToken)
    {
        var one = targets[0].Target;
        try
        {
            using var slot = await limits.EnterAsync(one.Server, one.Database, cancellationToken);
            await using var connection = await slot.OpenAsync(one.Database, settings, cancellationToken);
            List<Problem> problems = [];
            List<Leftover> leftovers = [];
            foreach (var some in targets.Chunk(SchemasAtOnce))
            {
                problems.AddRange(await OfRulesAsync(connection, some, cancellationToken));
                leftovers.AddRange(await LeftoverReader.ReadAsync(connection, some, cancellationToken));
            }
            return [.. Leftover.Problems(leftovers), .. problems];
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            return [ConnectionProblem.Of(one, e)];
        }
    }

    private static async Task<IReadOnlyList<Problem>> OfRulesAsync(
        NpgsqlConnection connection, SwapTarget[] targets, CancellationToken cancellationToken)
    {
        var server = connection.PostgreSqlVersion.Major;
        var carried = targets.SelectMany(target => target.Carries.Select(table => (target.Live, Table: table))).ToList();
        object[] values =
        [
            Sql.Array(targets.Select(target => target.Live)), Sql.Array(carried.Select(one => one.Live)),
            Sql.Array(carried.Select(one => one.Table)),
        ];
        var batch = new QueryBatch(connection);
        IEnumerable<SwapRule> rules = [.. DependencyRules.All(server), .. ReplicationRules.All(server), .. RightsRules.All(server)];
        var found = rules.Select(rule =>
            (rule, Rows: batch.Add(rule.Sql, row => (Schema: row.GetString(0), Text: row.GetString(1)), values))).ToList();
        await batch.ReadAsync(cancellationToken);
        var swapped = targets.ToDictionary(target => target.Live, target => target.Target);
        return
        [
            .. from one in found
               from same in one.Rows.GroupBy(row => row.Schema)
               select one.rule.Of(swapped[same.Key], [.. same.Select(row => row.Text)]),
        ];
    }

    private bool IsOfInstallation(Target target) => Installation is { } one
        && (one.Server, one.DatabaseName, one.Schema) == (target.Server, target.DatabaseName, target.Schema);

    private static Problem Shared(SwapTarget target) => new("KU-8017", $"{target.Target}",
        "The installation lies in the same schema, and its tables would be kept aside together with the instance's.",
        "Give one of both a schema of its own.");

    private static Problem TooLong(SwapTarget target) => new("KU-8001", $"{target.Target}",
        $"The schema's name is longer than {BesideNames.MaxBytes} bytes: {BesideNames.Before("")} could not be appended to it.",
        "Rename the schema, and correct its name in the settings.");

    /// <summary>Only one old schema is kept.</summary>
    internal static Problem OneAfterTheOther(SwapTarget target) => new("KU-8016", $"{target.Target}",
        $"The plan has several side-by-side upgrades of one target: {Problem.Join([.. target.Modules.Select(module => $"{module}")])}. "
            + "Each keeps what it replaces as __before, so only one of them is possible at a time.",
        $"First: {NextCommand.Of($"--to {target.Modules[0].Version}")}; when it is certain that nobody goes back: "
            + $"{NextCommand.Of($"purge{target.Target.Argument}")}; then this command again.");
}
