using System.Text.Json;
using System.Text.Json.Serialization;
using PluginUpgrade.Files;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Payloads;

/// <summary>
/// The payload that this root's files are from: <c>data/payload.json</c>. The journal says the same of the databases, which several
/// machines may share.
/// </summary>
/// <param name="LaidAt">By this machine's clock; only for people.</param>
public sealed record PayloadRecord(string Version, string Sha256, DateTimeOffset LaidAt, Guid RunId)
{
    /// <summary>
    /// The SHA-256 of each file that krang-upgrade wrote beside a kept one, by its path relative to the root. Others with such a name are
    /// the operator's.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Beside { get; init; }

    internal const string Path = $"{InstallationPaths.Data}/payload.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public bool Is(Payload payload) =>
        Sha256 == payload.Sha256 && UpgradeVersion.TryParse(Version, out var mine) && mine == payload.Version;

    /// <summary>Null where no payload was installed here, or the record cannot be read.</summary>
    public static PayloadRecord? Read(string root)
    {
        try
        {
            using var content = RegularFile.Open(System.IO.Path.Join(root, Path), follow: false);
            var record = JsonSerializer.Deserialize<PayloadRecord>(content, Json);
            return UpgradeVersion.TryParse(record?.Version, out _) && record is { Sha256: not null } ? record : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    internal byte[] Bytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n'];
}
