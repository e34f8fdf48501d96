namespace PluginUpgrade.Steps;

/// <summary>
/// Creates an empty target at a version from its declared schema alone. No module runs: they count as applied up to that version.
/// </summary>
/// <param name="Name">The declarations' class names.</param>
/// <param name="Slice">Everything that the schema has at the version.</param>
/// <param name="Bootstraps">The declarations that fill it, as modules.</param>
public sealed record CreateSchema(string Name, SchemaSlice Slice, IReadOnlyList<UpgradeModule> Bootstraps) : StepAction
{
    /// <summary>How the note of such a row begins.</summary>
    public const string NoteBegins = "created; ";

    public override IEnumerable<UpgradeModule> Loads => Bootstraps;

    public override string Title => $"{Name} {Version}";

    public override string ShortTitle => $"{base.ShortTitle} (created)";

    public override string Subject => Name;

    public override string Summary => "creates the whole schema as declared; modules up to this version count as applied";

    public override JournalEntry Entry => new("", "")
    {
        Note = $"{NoteBegins}{SliceNote.Of(Slice, isExpanded: false, Note)}",
        IsBaseline = true,
    };

    public override bool ChangesData => true;

    public override bool RunsModuleCode => true;
}
