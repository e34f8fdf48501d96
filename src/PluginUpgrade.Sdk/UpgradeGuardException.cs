namespace PluginUpgrade;

/// <summary>
/// The schema does not have the version that the application needs. The message begins with <see cref="Code"/>, names the version found and
/// the versions wanted, and ends with the command to type.
/// </summary>
public sealed class UpgradeGuardException : Exception
{
    internal UpgradeGuardException(string code, string message, Exception? cause = null) : base($"{code} {message}", cause) => Code = code;

    /// <summary>
    /// Stable: <c>KU-9101</c> too old, <c>KU-9102</c> too new, <c>KU-9103</c> never upgraded, <c>KU-9104</c> its journal cannot be read,
    /// <c>KU-9105</c> the upgrade at start did not succeed, <c>KU-9106</c> another process's upgrade took too long.
    /// </summary>
    public string Code { get; }

    /// <summary>The schema.</summary>
    public required string Schema { get; init; }

    /// <summary>The version that the journal records; null where it records none.</summary>
    public required UpgradeVersion? Found { get; init; }

    /// <summary>The oldest version with which the application works.</summary>
    public required UpgradeVersion Wanted { get; init; }

    /// <summary>The newest version with which the application works; null: any.</summary>
    public required UpgradeVersion? UpTo { get; init; }

    /// <summary>The command to type next: it upgrades the schema, or shows what state it is in.</summary>
    public required string Command { get; init; }
}
