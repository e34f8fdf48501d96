using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores.Archives;

/// <summary>
/// Checks from an archive itself which database it is from, and which schemas it holds. A manifest that says otherwise, for example because
/// two archives were exchanged, is not believed.
/// </summary>
public static class ArchiveTruth
{
    /// <summary>Checks every archive of a save whose files match its manifest.</summary>
    /// <param name="directory">The setting <c>Postgres:Bin</c>.</param>
    public static async Task<IReadOnlyList<Problem>> VerifyAsync(Save save, string? directory, CancellationToken cancellationToken)
    {
        var programs = await ClientPrograms.FindAllAsync(directory, cancellationToken);
        List<Problem> problems = [];
        foreach (var saved in save.Manifest!.Archives)
        {
            if (ClientPrograms.For(programs, ToolVersions.Major(saved.ToolVersion)) is not { } fitting)
            {
                problems.Add(RestoreProblem.NoTool(saved.Name, saved.ToolVersion, programs.Count > 0 ? programs[^1].Version : null));
                continue;
            }
            var (archive, fault) = await ArchiveReader.ReadAsync(
                new RestoreArchive(Path.Combine(save.Folder, saved.Name), saved, fitting), cancellationToken);
            if (fault is not null) problems.Add(RestoreProblem.Unreadable(save.Id, saved.Name, fault));
            else problems.AddRange([.. OfDatabase(save, archive), .. OfSchemas(save, archive)]);
        }
        return problems;
    }

    public static IEnumerable<Problem> OfDatabase(Save save, RestoreArchive archive)
    {
        foreach (var name in TargetsOf(save, archive).Select(target => OneLine(target.DatabaseName)).Distinct())
            if (archive.DatabaseName is { } own && own != name)
                yield return SaveProblem.OtherArchive(save.Id, archive.Saved.Name, $"is from database {own}, not from {name}");
    }

    private static IEnumerable<Problem> OfSchemas(Save save, RestoreArchive archive)
    {
        var said = TargetsOf(save, archive).Where(target => !target.WholeDatabase).Select(target => target.Schema).ToHashSet();
        if (said.Count > 0 && !said.SetEquals(archive.Schemas.Keys))
            yield return SaveProblem.OtherArchive(save.Id, archive.Saved.Name,
                $"contains the schemas {Problem.Join([.. archive.Schemas.Keys])}, not {Problem.Join([.. said])}");
    }

    private static IEnumerable<SavedTarget> TargetsOf(Save save, RestoreArchive archive) =>
        save.Manifest!.Targets.Where(target => target.Archive == archive.Saved.Name);

    /// <summary>As pg_restore writes names into its list.</summary>
    private static string OneLine(string name) => name.Replace('\n', ' ').Replace('\r', ' ');
}
