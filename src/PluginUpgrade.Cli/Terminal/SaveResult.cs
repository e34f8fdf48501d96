using PluginUpgrade.Saves;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>What a save contains, or would contain.</summary>
public static class SaveResult
{
    private static readonly Column[] Columns =
        [new("DATABASE", Wraps: true), new("WHAT"), new("TABLES"), new("OF DATABASE", Drop: 1), new("TARGETS", Wraps: true)];

    public static void Taken(Output output, Save save)
    {
        var manifest = save.Manifest!;
        if (output.IsJson) output.Json(Outcome.Done, 0, [], new { Save = Document(save) });
        output.WriteResult($"Saved: {Words.Count(manifest.Targets.Count, "target")}, {Quantity.Size(manifest.Bytes)} " +
            $"in {(manifest.FinishedAt - manifest.StartedAt).TotalSeconds:0.0} s: {save.Folder}");
        output.WriteResult($"To restore it: {NextCommand.Of($"restore --save {save.Id}")}");
    }

    public static void WouldBe(Output output, SavePlan plan, string directory)
    {
        if (output.IsJson)
            output.Json(Outcome.DryRun, 0, [], new
            {
                plan.Bytes,
                plan.Free,
                Directory = directory,
                Archives = plan.Archives.Select(archive => new
                {
                    archive.Name,
                    Server = archive.Targets[0].Server,
                    Database = archive.Targets[0].DatabaseName,
                    archive.IsWholeDatabase,
                    archive.Bytes,
                    archive.Jobs,
                    ToolVersion = archive.Programs.Version,
                    ServerVersion = archive.Database.Version,
                    Targets = archive.Targets.Select(target => $"{target}"),
                }),
            });
        output.Table(Columns, plan.Archives.Select(archive => (string[])
        [
            $"{archive.Targets[0].DatabaseName} {(archive.Targets[0].Embedded ? "(embedded)" : $"on {archive.Targets[0].Server}")}",
            archive.IsWholeDatabase ? "whole" : Words.Count(archive.Schemas.Count, "schema"),
            Quantity.Size(archive.Bytes), Quantity.Size(archive.Database.Bytes),
            string.Join(", ", archive.Targets.Take(4)) + (archive.Targets.Count > 4 ? $" and {archive.Targets.Count - 4} more" : ""),
        ]));
        output.WriteResult(
            $"{Words.Count(plan.Targets.Count(), "target")} would be saved: {Quantity.Size(plan.Bytes)} of tables, compressed, " +
            $"into {directory}, where {Quantity.Size(plan.Free)} are free. Nothing was saved.");
    }

    /// <summary>The save for JSON.</summary>
    public static object Document(Save save) => new
    {
        save.Id,
        save.Folder,
        save.IsWhole,
        save.Fault,
        save.Manifest?.Installation,
        Run = save.Manifest?.RunId,
        save.Manifest?.StartedAt,
        save.Manifest?.FinishedAt,
        save.Manifest?.BeforeUpgrade,
        save.Manifest?.Bytes,
        Targets = save.Manifest?.Targets.Select(target => new
        {
            Target = $"{target}",
            target.Scope,
            target.Name,
            target.Server,
            Database = target.DatabaseName,
            target.Schema,
            target.WholeDatabase,
            target.Versions,
            target.Archive,
        }),
        Archives = save.Manifest?.Archives.Select(archive => new
        {
            archive.Name,
            archive.ServerVersion,
            archive.ToolVersion,
            Bytes = archive.Files.Sum(file => file.Bytes),
        }),
    };
}
