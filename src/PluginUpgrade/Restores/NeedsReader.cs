using PluginUpgrade.Restores.Archives;

namespace PluginUpgrade.Restores;

/// <summary>Reads what an archive's definitions need; rows are not read.</summary>
internal static class NeedsReader
{
    /// <param name="schemas">Only the contents of these; empty: all.</param>
    /// <param name="leavesSchemas">See <see cref="RestoreNeeds.LeavesSchemas"/>.</param>
    /// <exception cref="FormatException">The archive cannot be read.</exception>
    public static async Task<RestoreNeeds> ReadAsync(
        RestoreArchive archive, IReadOnlyList<string> schemas, bool leavesSchemas, CancellationToken cancellationToken)
    {
        var needs = new RestoreNeeds { LeavesSchemas = leavesSchemas };
        var read = await ArchiveCall.Definitions(archive, schemas).RunAsync(async output =>
        {
            var script = new DumpScript(output);
            while (await script.NextAsync(cancellationToken) is { } statement) needs.Add(statement);
        }, cancellationToken);
        return read.ExitCode == 0 ? needs : throw new FormatException(read.Said);
    }
}
