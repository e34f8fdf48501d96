namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>What must be true after a run that ended by itself. The modules are those of tests/Modules/Counted.</summary>
public sealed record Expectation
{
    public required string Root { get; init; }

    public required IReadOnlyList<ExpectedTarget> Targets { get; init; }

    public required IReadOnlyList<UntouchedSchema> Untouched { get; init; }

    /// <summary>Text that nobody may ever see.</summary>
    public required string Canary { get; init; }

    /// <summary>
    /// The files below the root, with their content, and the directories (their names end in a slash) that there must be once the
    /// installation has these modules behind it; without the drop folder, the settings and the logs.
    /// </summary>
    public required Func<IReadOnlyList<string>, IReadOnlyDictionary<string, string>> FilesAfter { get; init; }
}

/// <param name="Scope">As the journal writes it: <c>installation</c> or <c>instance</c>.</param>
/// <param name="Database">A connection string.</param>
/// <param name="Modules">Those that have a step for the target, in the order of their versions; their names sort so.</param>
public sealed record ExpectedTarget(string Name, string Scope, string Database, string Schema, IReadOnlyList<string> Modules)
{
    public override string ToString() => $"{Scope} {Name}";
}

/// <param name="Digest">As <see cref="SchemaDigest"/> gave it before.</param>
public sealed record UntouchedSchema(string Database, string Schema, string Digest);

/// <summary>How the program ended.</summary>
public sealed record ProgramEnd(int ExitCode, string Output, string Error);

/// <param name="Invariant">As in I4.</param>
public sealed record Violation(string Invariant, string Subject, string What)
{
    public override string ToString() => $"{Invariant} {Subject}: {What}";
}
