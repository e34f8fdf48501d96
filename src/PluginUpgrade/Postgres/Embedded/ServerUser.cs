using System.Globalization;
using PluginUpgrade.Programs;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>The operating system user that runs the embedded server. PostgreSQL refuses to run as root.</summary>
/// <param name="Name">Empty if the system knows only the user's number.</param>
internal sealed record ServerUser(uint Uid, uint Gid, string Name)
{
    public override string ToString() => Name.Length > 0 ? Name : $"user {Uid}";

    /// <summary>
    /// The owner of the existing files. For root, if there are none or root owns them: <c>postgres</c>, or else <c>nobody</c>.
    /// </summary>
    /// <param name="paths">The cluster first, then the directories around it that belong to the embedded server.</param>
    public static async Task<ServerUser> ChooseAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var me = Libc.EffectiveUser;
        var owned = paths.Select(path => (path, entry: Libc.Look(path, follow: true)))
            .FirstOrDefault(p => p.entry is { User: not 0 });
        if (me != 0 && owned.entry is { } other && other.User != me)
            throw BelongsToAnother(owned.path, await OfAsync(other.User, other.Group));
        if (me != 0) return await OfAsync(me, Libc.EffectiveGroup);
        if (Libc.Look(Path.Combine(paths[0], "PG_VERSION")) is { User: 0 }) throw BelongsToRoot(paths[0]);
        if (owned.entry is { } mine) return await OfAsync(mine.User, mine.Group);
        return await FindAsync("postgres", cancellationToken) ?? await FindAsync("nobody", cancellationToken)
            ?? throw new UpgradeException(new Problem("KU-6007", "",
                "PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody to run it.",
                "Create one (useradd --system postgres), run krang-upgrade as an ordinary user, or set Installation:Database."));

        async Task<ServerUser> OfAsync(uint uid, uint gid) =>
            await FindAsync(uid.ToString(CultureInfo.InvariantCulture), cancellationToken) ?? new ServerUser(uid, gid, "");
    }

    /// <summary>Finds a user by name or number; null if there is none.</summary>
    public static async Task<ServerUser?> FindAsync(string user, CancellationToken cancellationToken)
    {
        // getent asks all sources of the system (files, LDAP), as the C library does.
        var result = await new ProgramCall { File = "getent", Arguments = ["passwd", user] }.RunAsync(cancellationToken);
        return result.ExitCode == 0 && result.Output.Split('\n')[0].Split(':') is [var name, _, var uid, var gid, ..]
            ? new ServerUser(uint.Parse(uid, CultureInfo.InvariantCulture), uint.Parse(gid, CultureInfo.InvariantCulture), name)
            : null;
    }

    private static UpgradeException BelongsToRoot(string cluster) => new(new Problem("KU-6006", cluster,
        "The embedded server's cluster belongs to root, but PostgreSQL does not run as root.",
        "Give it to the user who should run it: chown -R postgres on that directory."));

    private static UpgradeException BelongsToAnother(string path, ServerUser owner) => new(new Problem("KU-6006", path,
        $"The embedded server's files belong to {owner}; only that user or root can run it.",
        owner.Name.Length > 0 ? $"Run krang-upgrade as {owner.Name} or as root." : "Run krang-upgrade as root."));
}
