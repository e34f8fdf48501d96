namespace PluginUpgrade.Steps;

/// <summary>Installs the program files of a payload over those below the installation's root.</summary>
public sealed record InstallFiles : StepAction
{
    public InstallFiles(Payload payload) => (Payload, Component, Version) = (payload, Payload.ComponentName, payload.Version);

    public Payload Payload { get; init; }

    /// <summary>The effect on this root; null where the files have not been compared yet.</summary>
    public PayloadEffect? Effect { get; init; }

    public override string Title => $"{Payload}";

    public override string ShortTitle => Title;

    public override string Subject => Payload.ModuleName;

    public override string Summary => Effect is null ? "program files" : $"{Effect}";

    public override JournalEntry Entry => new(Payload.ModuleName, Payload.Sha256) { Note = Note };

    public override Problem Failed(UpgradeStep step, string error) => new("KU-7141", $"{step}",
        $"The new program files could not be installed: {error} All files were put back.",
        "Fix the cause, then run the same command: it continues with what is left.");

    public override string FormerComponent => HostComponents.FormerPayload;

    /// <summary>Program files belong to a version of the product.</summary>
    public override string FollowsComponent => "";
}
