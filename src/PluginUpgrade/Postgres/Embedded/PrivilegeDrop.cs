using System.Globalization;
using PluginUpgrade.Programs;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>How programs are started as the server's user: the words before the program on the command line.</summary>
internal sealed record PrivilegeDrop(ServerUser User, IReadOnlyList<string> Prefix)
{
    /// <summary>The same call, run as the server's user, without krang-upgrade's environment.</summary>
    public ProgramCall Wrap(ProgramCall call)
    {
        var environment = new Dictionary<string, string?>(call.Environment) { ["LC_ALL"] = "C" };
        call = call with { CleanEnvironment = true, Environment = environment };
        return Prefix.Count == 0 ? call : call with { File = Prefix[0], Arguments = [.. Prefix.Skip(1), call.File, .. call.Arguments] };
    }

    /// <summary>
    /// The least privileges that let <paramref name="user"/> work in <paramref name="directory"/>. An ordinary user changes nothing. Root
    /// becomes the user; where the directory is below one that the user may not enter (as in /root), the user keeps the capability to pass
    /// through. No file permissions are changed.
    /// </summary>
    public static async Task<PrivilegeDrop> PlanAsync(ServerUser user, string directory, CancellationToken cancellationToken) =>
        Libc.IsRoot ? await PlanAsync(Plain(user), directory, cancellationToken) : new PrivilegeDrop(user, []);

    internal static async Task<PrivilegeDrop> PlanAsync(PrivilegeDrop plain, string directory, CancellationToken cancellationToken)
    {
        if (await plain.ReachesAsync(directory, cancellationToken)) return plain;
        if (WithCapability(plain) is { } capable && await capable.ReachesAsync(directory, cancellationToken)) return capable;
        throw await UnreachableAsync(plain, directory, cancellationToken);
    }

    private static PrivilegeDrop Plain(ServerUser user)
    {
        if (ProgramPath.Find("setpriv") is { } setpriv)
        {
            var groups = user.Name.Length > 0 ? "--init-groups" : "--clear-groups";
            return new PrivilegeDrop(user, [setpriv, $"--reuid={Number(user.Uid)}", $"--regid={Number(user.Gid)}", groups, "--"]);
        }
        if (ProgramPath.Find("runuser") is { } runuser && user.Name.Length > 0)
            return new PrivilegeDrop(user, [runuser, "-u", user.Name, "--"]);
        throw new UpgradeException(new Problem("KU-6007", "",
            $"PostgreSQL does not run as root, and this machine has neither setpriv nor runuser to start it as {user}.",
            "Install the package util-linux, run krang-upgrade as an ordinary user, or set Installation:Database."));
    }

    private static PrivilegeDrop? WithCapability(PrivilegeDrop plain) => Path.GetFileName(plain.Prefix[0]) == "setpriv"
        ? plain with { Prefix = [.. plain.Prefix.SkipLast(1), "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--"] }
        : null;

    private async Task<bool> ReachesAsync(string directory, CancellationToken cancellationToken)
    {
        // Not `test -x`: it calls access(2), which ignores capabilities.
        var probe = new ProgramCall { File = "stat", Arguments = ["--", directory + "/."] };
        return (await Wrap(probe).RunAsync(cancellationToken)).ExitCode == 0;
    }

    private static async Task<UpgradeException> UnreachableAsync(PrivilegeDrop plain, string directory, CancellationToken cancellationToken)
    {
        var closed = directory;
        for (var end = directory.IndexOf('/', 1); end > 0; end = directory.IndexOf('/', end + 1))
        {
            if (await plain.ReachesAsync(directory[..end], cancellationToken)) continue;
            closed = directory[..end];
            break;
        }
        return new UpgradeException(new Problem("KU-6008", closed,
            $"The embedded server runs as {plain.User}, who cannot enter this directory to reach {directory}.",
            $"Set Installation:Database; or let that user enter it: chmod o+x {NextCommand.Quote(closed)}"));
    }

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
