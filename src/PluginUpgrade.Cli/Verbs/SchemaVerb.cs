using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Instances;
using PluginUpgrade.Loading;
using PluginUpgrade.Planning;
using PluginUpgrade.Steps;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Prints the statements of declared changes, or checks targets against the declared schema. Changes nothing.</summary>
public static class SchemaVerb
{
    /// <summary>What stands for the schema's name where no instance is named.</summary>
    private const string AnySchema = "SCHEMA";

    private static readonly Argument<string> What = new("WHAT")
    {
        Description = "print: show the statements of the declared changes. check: compare schemas with what is declared.",
    };

    private static readonly Option<string> From = new("--from")
    {
        Description = "The version to start from, excluded (default: the first; for named instances, what each journal says).",
        HelpName = "V",
    };

    private static readonly Option<string> To = new("--to")
    {
        Description = "The last version, included (default: the newest that an upgrade goes to).",
        HelpName = "V",
    };

    public static Command Create(SharedOptions shared)
    {
        What.OneOf("print", "check");
        return new Command("schema", "Show the declared schema's changes as SQL, or find what differs from it.")
        {
            What, SharedOptions.Instances, From, To,
        }.Does(shared, RunAsync);
    }

    private static async Task<int> RunAsync(VerbContext context)
    {
        var goal = new Goal { From = context.Version("--from", context.Value(From)), To = context.Version("--to", context.Value(To)) };
        var names = context.Value(SharedOptions.Instances) ?? [];
        if (context.Value(What) == "check")
        {
            foreach (var option in context.Given([From, To])) context.Problems.Add(OnlyOfPrint(option));
            return await SchemaCheck.RunAsync(context, names);
        }
        var parts = names.Length == 0 ? OfAll(context, goal) : await OfInstancesAsync(context, goal, names);
        if (context.Output.IsJson) context.Output.Json(Outcome.Done, 0, [], new { Versions = parts.Select(Document) });
        else if (parts.Count == 0) context.Output.WriteResult("No declared changes.");
        else foreach (var line in parts.SelectMany(Lines)) context.Output.WriteResult(line);
        return 0;
    }

    private static Problem OnlyOfPrint(string option) => new("KU-1103", option,
        "It belongs to schema print: a check compares each target at the version at which it is.", "Leave out the option.");

    /// <summary>Without a database: every version in the range, for instances and for the installation.</summary>
    private static List<Part> OfAll(VerbContext context, Goal goal)
    {
        var catalogue = ModulesAndDeclarations.Read(context.Settings);
        List<Problem> problems = [.. context.Problems, .. context.SettingsProblems.Where(problem => problem.Code != "KU-1001")];
        problems.AddRange(catalogue.Problems.Select(found => found.Problem).Distinct());
        if (problems.HaveErrors()) throw new UpgradeException(problems);
        return
        [
            .. from component in Component.Of(catalogue.Modules)
               let to = goal.To ?? component.Newest
               from module in component.Modules
               where module.Version > (goal.From ?? UpgradeVersion.Zero) && module.Version <= to
               from scope in (Scope[])[Scope.Installation, Scope.Instance]
               where module.SliceFor(scope) is not null
               select new Part($"{scope}".ToLowerInvariant(), AnySchema, ApplyOf(module, scope)),
        ];
    }

    private static ApplySchema ApplyOf(UpgradeModule module, Scope scope) =>
        new(module, module.SliceFor(scope)!, scope) { Component = module.Component, Version = module.Version };

    /// <summary>What an upgrade of these instances would do, each as its tables are.</summary>
    private static async Task<List<Part>> OfInstancesAsync(VerbContext context, Goal goal, string[] names)
    {
        var useCase = new UpgradeUseCase
        {
            Instances = new InstanceFilter { Names = names },
            Goal = goal with { OnlyInstances = true, SkipInstallation = true },
            WrongRequest = context.Problems,
        };
        var state = await context.ReadAsync(useCase.Instances);
        var (plan, problems) = useCase.Plan(state);
        if (problems.HaveErrors()) throw new UpgradeException(Problem.Together(problems));
        context.Output.NameServers(isResult: !context.Output.IsJson);
        (plan, _) = await UpgradeUseCase.MeasureAsync(plan, state, context.Signals.Stop);
        return
        [
            .. plan.Steps.Where(step => step.Action is ApplySchema)
                .Select(step => new Part($"{step.Target}", step.Target.Schema, (ApplySchema)step.Action)),
        ];
    }

    private sealed record Part(string Target, string Schema, ApplySchema Apply);

    private static IEnumerable<string> Lines(Part part)
    {
        var apply = part.Apply;
        yield return $"-- {apply.ShortTitle} of {apply.Module}, {part.Target}";
        foreach (var phase in Enum.GetValues<SchemaPhase>())
        {
            if (phase == SchemaPhase.Demand && apply.Runs is { } module) yield return $"-- {module} runs";
            var statements = apply.Statements(phase, PostgresName.Quote(part.Schema));
            if (statements.Count == 0) continue;
            if (phase == SchemaPhase.Values) yield return "-- in a transaction of its own:";
            if (phase == SchemaPhase.Demand && !apply.IsTransactional) yield return "-- each by itself, outside a transaction:";
            foreach (var line in statements.SelectMany(sql => $"{sql};".Split('\n'))) yield return line;
        }
        yield return "";
    }

    private static object Document(Part part) => new
    {
        part.Target,
        part.Apply.Component,
        part.Apply.Version,
        Module = part.Apply.Module.Name,
        part.Apply.Slice.Sha256,
        Phases = Enum.GetValues<SchemaPhase>().Select(phase => new
        {
            Phase = phase,
            Statements = part.Apply.Statements(phase, PostgresName.Quote(part.Schema)),
        }).Where(phase => phase.Statements.Count > 0),
    };
}
