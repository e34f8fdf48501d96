using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps;

/// <summary>The version of what an exchange keeps, from its journal.</summary>
internal static class LiveVersion
{
    /// <param name="swap">On the live target.</param>
    public static async Task<string> ReadAsync(NpgsqlConnection connection, UpgradeStep swap, CancellationToken cancellationToken)
    {
        var (schema, scope) = (swap.Target.Schema, swap.Target.Scope);
        var journals = await JournalReader.ReadAsync(connection, [schema], cancellationToken);
        var rows = journals.GetValueOrDefault((schema, scope))?.Rows ?? [];
        return (CurrentVersion.Of(scope, rows, swap.Component, []).Version ?? swap.PlannedAt).Text;
    }
}
