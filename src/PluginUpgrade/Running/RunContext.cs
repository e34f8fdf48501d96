using Microsoft.Extensions.Configuration;
using PluginUpgrade.Payloads;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>The data that all steps of a run share.</summary>
public sealed record RunContext
{
    public required Guid RunId { get; init; }

    public required string Root { get; init; }

    public required ConnectionSettings Connection { get; init; }

    /// <summary>Schemas after the target's own in <c>search_path</c>.</summary>
    public required IReadOnlyList<string> SearchPath { get; init; }

    /// <summary>How long a step may take; null: no limit.</summary>
    public TimeSpan? StepTimeout { get; init; }

    /// <summary>Time limits of single modules, by class name. They override <see cref="StepTimeout"/>.</summary>
    public IReadOnlyDictionary<string, TimeSpan> StepTimeouts { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>How long a call of CatchUp may take before a side-by-side upgrade makes its exchange.</summary>
    public TimeSpan CatchUpWithin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The names of all active instances.</summary>
    public required IReadOnlyList<string> Instances { get; init; }

    /// <summary>The modules' own settings, by class name.</summary>
    public required IConfiguration ModuleSettings { get; init; }

    /// <summary>The paths below the root that a payload leaves unchanged.</summary>
    public required KeptPaths Kept { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Null if the run does not lock the whole installation.</summary>
    public RunLock? RunLock { get; init; }

    /// <summary>To be called before each step.</summary>
    /// <returns>Why no further step may begin; null if one may.</returns>
    public async Task<Problem?> FindLossAsync(CancellationToken cancellationToken) =>
        RunLock is null ? null : await RunLock.FindLossAsync().WaitAsync(cancellationToken);
}
