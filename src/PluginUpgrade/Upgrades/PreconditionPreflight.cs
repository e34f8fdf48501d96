using Npgsql;
using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Scripts;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// Checks, before anything changes, whether what modules require is there: one round trip for a database, and one for each hundred targets
/// with a query. A module's own check is a call for each target, in parallel like lanes. What an earlier step of the plan could bring is
/// checked right before the step instead.
/// </summary>
internal sealed class PreconditionPreflight(RunContext context, ModuleCall module, ServerLimits limits, int parallel)
{
    private const int QueriesAtOnce = 100;

    /// <summary>The time in which a check must end after its cancellation.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <param name="modules">The modules of the drop folder.</param>
    public async Task<IReadOnlyList<Problem>> FindAsync(
        IReadOnlyList<Precondition> preconditions, IReadOnlyList<UpgradeModule> modules, CancellationToken cancellationToken)
    {
        List<Problem> problems = [];
        foreach (var one in preconditions)
            if (one.MissingVersion(modules) is { } version)
                problems.Add(RequirementCheck.NoVersion(version, one.Step.Range.From, one.Module).Of(one.Step.Target, one.Module));
        var there = preconditions.Where(one => !one.Step.Target.ToBeMade).ToList();
        await SideBySideAsync(there
            .Where(one => one.Module.Requirements.Any(required => required is not (Requirement.AtLeast or Requirement.Exactly)))
            .GroupBy(one => one.Step.Target.Database).Select(group => group.ToList()), AskAsync);
        await SideBySideAsync(there.Where(one => one.IsNext && one.Module.Checks(one.Step.Target.Scope)
            // The check of a module that reads one version's data would only fail on another version.
            && one.OtherVersion(modules) is null).Select(one => (List<Precondition>)[one]), CheckAsync);
        return problems;

        async Task SideBySideAsync(
            IEnumerable<List<Precondition>> groups, Func<List<Precondition>, CancellationToken, Task<List<Problem>>> ask)
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(groups, options, async (group, _) =>
            {
                var found = await ask(group, cancellationToken);
                lock (problems) problems.AddRange(found);
            });
        }
    }

    /// <summary>Checks the declared requirements in one database.</summary>
    private async Task<List<Problem>> AskAsync(List<Precondition> group, CancellationToken cancellationToken)
    {
        var target = group[0].Step.Target;
        List<Problem> problems = [];
        try
        {
            using var slot = await limits.EnterAsync(target.Server, target.Database, cancellationToken);
            await using var connection = await slot.OpenAsync(target.Database, context.Connection, cancellationToken);
            var found = await RequirementState.ReadAsync(
                connection, group.SelectMany(one => one.Module.Requirements), cancellationToken);
            problems.AddRange(
                from one in @group
                from unmet in RequirementCheck.Find(one.Module, found)
                where one.IsNext || unmet.IsFinal
                select unmet.Of(one.Step.Target, one.Module));
            var queries = group.Where(one => one.IsNext)
                .SelectMany(one => one.Module.Requirements.OfType<Requirement.Query>().Select(query => (one, query))).ToList();
            foreach (var some in queries.Chunk(QueriesAtOnce))
                problems.AddRange(await TryAskAsync(connection, some, cancellationToken)
                    ?? await AskOneByOneAsync(connection, some, cancellationToken));
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            problems.Add(ConnectionProblem.Of(target, e));
        }
        return problems;
    }

    /// <summary>Null if one of them fails: asking each alone then shows which one.</summary>
    private async Task<List<Problem>?> TryAskAsync(
        NpgsqlConnection connection, (Precondition One, Requirement.Query Query)[] some, CancellationToken cancellationToken)
    {
        try
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("BEGIN READ ONLY") } };
            batch.BatchCommands.Add(new($"SET LOCAL statement_timeout = '{Preconditions.Limit}s'"));
            foreach (var (one, query) in some)
            {
                batch.BatchCommands.Add(new(module.SearchPathSql(one.Step.Target)));
                batch.BatchCommands.Add(Statements.Command(query.Sql));
            }
            batch.BatchCommands.Add(new("ROLLBACK"));
            List<Problem> problems = [];
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            // Statements that are not queries have no result here.
            foreach (var (one, query) in some)
            {
                var answer = await Answer.ReadAsync(reader, cancellationToken);
                if (Preconditions.Of(query, answer) is { } no) problems.Add(no.Of(one.Step.Target, one.Module));
                await reader.NextResultAsync(cancellationToken);
            }
            return problems;
        }
        catch (PostgresException e) when (!SqlErrors.IsLostConnection(e))
        {
            await Sql.ExecuteAsync(connection, "ROLLBACK", CancellationToken.None);
            return some.Length == 1 ? [Preconditions.Failed(e).Of(some[0].One.Step.Target, some[0].One.Module)] : null;
        }
    }

    private async Task<IEnumerable<Problem>> AskOneByOneAsync(
        NpgsqlConnection connection, (Precondition, Requirement.Query)[] some, CancellationToken cancellationToken)
    {
        List<Problem> problems = [];
        foreach (var one in some) problems.AddRange((await TryAskAsync(connection, [one], cancellationToken))!);
        return problems;
    }

    /// <summary>Runs a module's own check of one target. The check may never return.</summary>
    private async Task<List<Problem>> CheckAsync(List<Precondition> only, CancellationToken cancellationToken)
    {
        var step = only[0].Step;
        try
        {
            using var slot = await limits.EnterAsync(step.Target.Server, step.Target.Database, cancellationToken);
            var connection = await slot.OpenAsync(step.Target.Database, context.Connection, cancellationToken);
            await Sql.ExecuteAsync(
                connection, Preconditions.Begin(inTransaction: false, module.SearchPathSql(step.Target)), cancellationToken);
            var limit = Limit(only[0].Module);
            using var late = new CancellationTokenSource(limit, context.Time);
            var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
            var check = module.CheckOf(step, only[0].Module, connection)!;
            var running = Task.Run(
                () => ModulesAtWork.DuringAsync($"{step}, being checked", () => check(cancelled.Token)), CancellationToken.None);
            await EndAsync(running, Timeout.InfiniteTimeSpan, cancelled.Token);
            if (!running.IsCompleted) await EndAsync(running, Grace, CancellationToken.None);
            // A check that has not returned keeps the connection, which is closed in the background. Otherwise closing it ends the
            // transaction.
            slot.Close();
            if (running.IsCompleted) await connection.DisposeAsync();
            else _ = Task.Run(() => connection.DisposeAsync().AsTask(), CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            if (late.IsCancellationRequested) return [TookTooLong(limit).Of(step.Target, only[0].Module)];
            return [.. Preconditions.OfModule(await running).Select(unmet => unmet.Of(step.Target, only[0].Module))];
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return [e is NpgsqlException and not PostgresException
                ? ConnectionProblem.Of(step.Target, e) : Preconditions.CheckFailed(e).Of(step.Target, only[0].Module)];
        }
    }

    private async Task EndAsync(Task running, TimeSpan limit, CancellationToken cancelled) =>
        await running.WaitAsync(limit, context.Time, cancelled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private TimeSpan Limit(UpgradeModule checks)
    {
        var most = TimeSpan.FromSeconds(Preconditions.Limit);
        var own = context.StepTimeouts.TryGetValue(checks.Name, out var given) ? given : context.StepTimeout;
        return own < most ? own.Value : most;
    }

    private static Unmet TookTooLong(TimeSpan limit) => new(Unmet.CheckFailed,
        $"its check did not end within {limit}.", "Correct the module: a check must be quick and observe its CancellationToken.");
}
