using System.Text.Json.Nodes;
using PluginUpgrade.Payloads;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests.Payloads;

/// <summary>A payload folder in a small installation.</summary>
internal sealed class TemporaryPayload : IDisposable
{
    public TemporaryPayload(PayloadSource source, bool inMemory = false)
    {
        Installation = new TemporaryInstallation(inMemory);
        Installation.Write("krang-upgrade.json", """{ "Installation": { "Name": "krang" } }""", 0x1a4);
        source.WriteTo(Folder);
    }

    public TemporaryInstallation Installation { get; }

    public string Root => Installation.Root;

    public string Folder => Installation.At("payload");

    public static KeptPaths Kept { get; } = new(["krang-upgrade*.json", "conf/**", "data/**"]);

    public PayloadReading Read(bool insecureAllowed = false) =>
        PayloadFolder.Read(SettingsReader.Read(Root).Settings with { AllowInsecureModules = insecureAllowed })!;

    /// <summary>As <c>KU-7103 bin/app</c>, each of those that are told together by itself.</summary>
    public IEnumerable<string> Problems() => Read().Problems.SelectMany(problem =>
        problem.Subject.Split(", ").Select(subject => $"{problem.Code} {subject.Replace(Root + "/", "")}")).Order(StringComparer.Ordinal);

    public void WriteManifest(string text) => File.WriteAllText(Path.Join(Folder, PayloadManifest.FileName), text);

    /// <summary>The manifest as it is, changed.</summary>
    public void Manifest(Action<JsonObject> change)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Join(Folder, PayloadManifest.FileName)))!.AsObject();
        change(manifest);
        WriteManifest(manifest.ToJsonString());
    }

    public void Dispose() => Installation.Dispose();
}
