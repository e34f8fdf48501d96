using Microsoft.Extensions.Configuration;
using PluginUpgrade.Payloads;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>What all steps of a run share.</summary>
public sealed record RunContext
{
    public required Guid RunId { get; init; }

    public required string Root { get; init; }

    public required ConnectionSettings Connection { get; init; }

    /// <summary>Schemas after the target's own in <c>search_path</c>.</summary>
    public required IReadOnlyList<string> SearchPath { get; init; }

    /// <summary>How long a step may take; null: for ever.</summary>
    public TimeSpan? StepTimeout { get; init; }

    /// <summary>The same for single modules, by class name.</summary>
    public IReadOnlyDictionary<string, TimeSpan> StepTimeouts { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>Names of all active instances.</summary>
    public required IReadOnlyList<string> Instances { get; init; }

    /// <summary>The modules' own settings, by class name.</summary>
    public required IConfiguration ModuleSettings { get; init; }

    /// <summary>What of the root a payload leaves as it is.</summary>
    public required KeptPaths Kept { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Null where the run does not hold the installation.</summary>
    public RunLock? RunLock { get; init; }

    /// <summary>To be asked before a step begins.</summary>
    /// <returns>Why none is to begin any more; null where nothing speaks against it.</returns>
    public async Task<Problem?> FindLossAsync(CancellationToken cancellationToken) =>
        RunLock is null ? null : await RunLock.FindLossAsync().WaitAsync(cancellationToken);
}
