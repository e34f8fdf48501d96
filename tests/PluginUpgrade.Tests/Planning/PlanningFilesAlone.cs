using PluginUpgrade.Payloads;
using PluginUpgrade.Planning;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

/// <summary>C8: the verb files, on a machine that shares the databases with others.</summary>
public sealed class PlanningFilesAlone
{
    private static readonly TargetProgress Upgraded = WithTables("installation", PlanningAPayload.Laid("1.004"));

    [Fact]
    public void Lays_what_another_host_has_laid_before_without_a_question()
    {
        var files = Plan(PlanningAPayload.Reading("1.004"), PlanningAPayload.Record("1.003"), Upgraded);
        Assert.Equal(["installation krang:payload1.004"], Shown(files.Plan));
        Assert.Null(files.Doubt);
    }

    [Fact]
    public void Asks_where_the_databases_are_not_there_yet_or_cannot_be_asked()
    {
        Assert.Equal("KU-7134", Plan(PlanningAPayload.Reading("1.005"), null, Upgraded).Doubt?.Code);
        Assert.Equal("KU-7135", Plan(PlanningAPayload.Reading("1.004"), null, null).Doubt?.Code);
    }

    [Fact]
    public void Does_nothing_where_this_host_has_them()
    {
        Assert.Empty(Plan(PlanningAPayload.Reading("1.004"), PlanningAPayload.Record("1.004"), Upgraded).Plan.Stages);
        Assert.Empty(Plan(PlanningAPayload.Reading("1.004"), PlanningAPayload.Record("1.004"), null).Plan.Stages);
        Assert.Empty(Plan(PlanningAPayload.Reading("1.005"), PlanningAPayload.Record("1.004"), Upgraded, "1.004").Plan.Stages);
    }

    [Fact]
    public void Refuses_other_files_than_were_laid_older_ones_and_none()
    {
        var other = Upgraded with { Rows = [PlanningAPayload.Laid("1.004") with { Sha256 = "other" }] };
        Assert.Equal(["KU-7131"], Codes(Plan(PlanningAPayload.Reading("1.004"), null, other).Problems));
        Assert.Equal(["KU-7133"], Codes(Plan(PlanningAPayload.Reading("1.003"), PlanningAPayload.Record("1.004"), Upgraded).Problems));
        Assert.Equal(["KU-7132"], Codes(Plan(null, null, Upgraded).Problems));
    }

    private static FilesPlan Plan(PayloadReading? reading, PayloadRecord? record, TargetProgress? installation, string? to = null) =>
        FilesPlanner.Plan(reading, record, Target("installation"), installation, to is null ? null : V(to), "/payload");
}
