using PluginUpgrade.Journals;
using PluginUpgrade.Payloads;
using PluginUpgrade.Planning;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

public sealed class PlanningAPayload
{
    private static readonly UpgradeModule[] Modules =
        [Module("1.001", "in"), Module("1.002"), Module("1.003", "i"), Module("1.004", "in")];

    [Fact]
    public void Lays_it_as_an_installation_step_of_its_version_before_that_versions_module()
    {
        Assert.Equal(
            ["installation 1.001", "acme 1.001 1.002", "installation 1.003 krang:payload1.004 1.004", "acme 1.004"],
            Planned("1.004", Empty("installation")));
        Assert.Equal(
            ["installation 1.001", "acme 1.001", "installation krang:payload1.002", "acme 1.002", "installation 1.003 1.004", "acme 1.004"],
            Planned("1.002", Empty("installation")));
        Assert.Equal(
            ["installation 1.001 krang:payload1.002 1.003 1.004", "acme 1.001 1.002 1.004"],
            Planned("1.002", Empty("installation"), new Goal { Order = StepOrder.InstallationFirst }));
    }

    [Fact]
    public void Takes_a_version_of_program_files_alone_for_the_newest()
    {
        Assert.Equal(
            ["installation krang:payload1.005", "acme =1.005", "installation =1.005"],
            Planned("1.005", With("installation", Modules[0], Modules[2], Modules[3]), instance: With("acme", Modules)));
    }

    [Fact]
    public void An_installed_version_is_known_without_the_payload()
    {
        var installation = WithTables("installation", Done(Modules[3]), Laid("1.005"), Baseline("1.005", "reached"));
        var acme = WithTables("acme", [.. Modules.Select(Done), Baseline("1.005", "reached")]);
        var (plan, problems) = Planner.Plan(
            Modules, installation with { Rows = [.. installation.Rows, Done(Modules[0]), Done(Modules[2])] }, [acme], new Goal());
        Assert.Empty(problems);
        Assert.Empty(plan.Stages);
    }

    [Fact]
    public void Leaves_one_beyond_the_goal_alone_and_its_faults_are_warnings()
    {
        var (plan, problems) = Planner.Plan(Modules, Empty("installation"), [Empty("acme")], new Goal { To = V("1.003") }, payload:
            Reading("1.004") with { Problems = [PayloadProblem.Extra("x")] });
        Assert.Equal(["installation 1.001", "acme 1.001 1.002", "installation 1.003", "acme =1.003"], Shown(plan));
        Assert.Equal(Severity.Warning, problems.Single().Severity);
    }

    [Fact]
    public void Lays_nothing_twice_and_refuses_other_content_of_the_same_version()
    {
        var installation = With("installation", Modules[0], Modules[2], Modules[3]);
        var laid = installation with { Rows = [.. installation.Rows, Laid("1.004")] };
        Assert.Empty(Planned("1.004", laid, instance: With("acme", Modules)));
        var other = laid with { Rows = [.. installation.Rows, Laid("1.004") with { Sha256 = "other" }] };
        Assert.Equal(["KU-7120"], Refused("1.004", other));
        Assert.Equal([], Refused("1.004", other, new Goal { AllowChanged = true }));
    }

    /// <summary>A host that died between the two, or a payload that was forgotten at first.</summary>
    [Fact]
    public void Lays_that_of_the_version_where_the_installation_stands_already()
    {
        var installation = With("installation", Modules[0], Modules[2], Modules[3]);
        Assert.Equal(["installation krang:payload1.004"], Planned("1.004", installation, instance: With("acme", Modules)));
        var failed = installation with { Rows = [.. installation.Rows, Laid("1.004") with { State = StepState.Failed }] };
        Assert.Equal(["installation krang:payload1.004"], Planned("1.004", failed, instance: With("acme", Modules)));
    }

    [Fact]
    public void Does_not_go_back_to_an_older_one_and_says_so()
    {
        var (plan, problems) = Planner.Plan(
            Modules, With("installation", Modules[0], Modules[2], Modules[3]), [With("acme", Modules)], new Goal(),
            payload: Reading("1.003"));
        Assert.Empty(plan.Stages);
        Assert.Equal(("KU-7122", Severity.Warning), (problems.Single().Code, problems.Single().Severity));
    }

    [Fact]
    public void Takes_declared_versions_to_have_their_files()
    {
        Assert.Equal(["installation 1.004", "acme 1.004"],
            Planned("1.003", WithTables("installation", Baseline("1.003")), instance: WithTables("acme", Baseline("1.003"))));
        Assert.Equal(["installation =1.003", "acme =1.003", "installation 1.004", "acme 1.004"],
            Planned("1.003", WithTables("installation"), new Goal { From = V("1.003") }, WithTables("acme")));
    }

    [Fact]
    public void Refuses_with_all_that_is_wrong_with_it_where_it_is_to_be_laid()
    {
        var (plan, problems) = Planner.Plan(Modules, Empty("installation"), [Empty("acme")], new Goal(), payload:
            Reading("1.004") with { Problems = [PayloadProblem.Extra("x"), PayloadProblem.Missing("y")] });
        Assert.Empty(plan.Stages);
        Assert.Equal(["KU-7103", "KU-7105"], Codes(problems));
        Assert.Equal(["KU-7101"], Codes(Planner.Plan(Modules, Empty("installation"), [Empty("acme")], new Goal(), payload:
            new PayloadReading(null, [PayloadProblem.NoManifest("payload.json")])).Problems));
    }

    [Fact]
    public void Named_instances_wait_for_it_as_for_any_installation_step()
    {
        var installation = With("installation", Modules[0], Modules[2], Modules[3]);
        Goal goal = new() { OnlyInstances = true };
        Assert.Equal(["KU-4010"], Refused("1.004", installation, goal, With("acme", Modules[..3])));
        var laid = installation with { Rows = [.. installation.Rows, Laid("1.004")] };
        Assert.Equal([], Refused("1.004", laid, goal, With("acme", Modules[..3])));
        Assert.Equal([], Refused("1.004", installation, goal with { SkipInstallation = true }, With("acme", Modules[..3])));
    }

    [Fact]
    public void Needs_its_name_for_itself() => Assert.Equal(["KU-7123"], Codes(Planner.Plan(
        [.. Modules, Module("1.001", "n", "payload")], Empty("installation"), [Empty("acme")], new Goal()).Problems));

    [Fact]
    public void A_torn_one_is_somebodys_to_look_at()
    {
        var installation = With("installation", Modules[0], Modules[2], Modules[3]);
        Assert.Equal(["KU-4006"], Refused("1.004",
            installation with { Rows = [.. installation.Rows, Laid("1.004") with { State = StepState.Running }] }));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("1.004", "1.004", null)]
    [InlineData(null, "1.004", "this machine has none installed")]
    [InlineData("1.003", "1.004", "another machine has upgraded them")]
    [InlineData("1.004", "1.003", "journal names 1.003")]
    [InlineData("1.004", null, "journal names none")]
    public void A_host_whose_files_are_of_another_version_than_the_databases_is_told(string? here, string? databases, string? expected)
    {
        var installation = WithTables("installation", databases is null ? [] : [Laid("1.001"), Laid(databases)]);
        var told = FilesPlanner.Disagreement(here is null ? null : Record(here), installation);
        if (expected is null) Assert.Null(told);
        else Assert.Contains(expected, told!.Message);
    }

    internal static PayloadRecord Record(string version) => new(version, $"sha of {V(version).Key}", default, default);

    internal static PayloadReading Reading(string version) => new(new Payload
    {
        Version = V(version),
        Folder = "/payload",
        Sha256 = $"sha of {V(version).Key}",
        Files = [],
        Remove = [],
    }, []);

    internal static JournalRow Laid(string version) => Done(Module(version)) with
    {
        Component = Payload.ComponentName,
        Module = Payload.ModuleName,
        Sha256 = $"sha of {V(version).Key}",
    };

    private static string[] Planned(string payload, TargetProgress installation, Goal? goal = null, TargetProgress? instance = null)
    {
        var (plan, problems) = Planner.Plan(
            Modules, installation, [instance ?? Empty("acme")], goal ?? new Goal(), payload: Reading(payload));
        Assert.Empty(Codes(problems));
        return Shown(plan);
    }

    private static string[] Refused(string payload, TargetProgress installation, Goal? goal = null, TargetProgress? instance = null) =>
        Codes(Planner.Plan(
            Modules, installation, [instance ?? With("acme", Modules)], goal ?? new Goal(), payload: Reading(payload)).Problems);
}
