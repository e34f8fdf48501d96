namespace PluginUpgrade;

/// <summary>What <see cref="UpgradeGuard"/> compares, and what it may do about it.</summary>
public sealed class GuardOptions
{
    /// <summary>The line of versions that is meant: an add-on's name, or empty (the default) for the product itself.</summary>
    public string Component { get; init; } = "";

    /// <summary>
    /// Whether the schema is the installation's. Default: no, it is an instance's. Both may lie in one schema, with different versions.
    /// </summary>
    public bool Installation { get; init; }

    /// <summary>
    /// The newest version with which this application still works, this version included. Null (the default): it works with every newer
    /// version.
    /// </summary>
    public string? UpTo { get; init; }

    /// <summary>
    /// Whether modules that were run by hand (<c>krang-upgrade run</c>) count. Default: no, because earlier modules may be missing.
    /// krang-upgrade, which has the modules, counts such a module once all before it are done; the guard cannot know that.
    /// </summary>
    public bool CountRunByHand { get; init; }

    /// <summary>
    /// Upgrades at start: krang-upgrade's program, followed by its arguments, such as
    /// <c>["/opt/wiki/krang-upgrade", "--root", "/srv/wiki"]</c>. Null (the default): an old schema is an error.
    /// </summary>
    /// <remarks>
    /// The program is run as a child process where the schema is too old or has never been upgraded. It gets no input: an upgrade that asks
    /// is refused. It must not be given <c>--yes</c>. Of many processes that start at once, one upgrades; the others read the journal until
    /// it is done, for at most <see cref="Patience"/>.
    /// </remarks>
    public IReadOnlyList<string>? Upgrade { get; init; }

    /// <summary>
    /// How long to wait for an upgrade that another process runs. Default: ten minutes. An upgrade that this process has started has no
    /// limit.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);
}
