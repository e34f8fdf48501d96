using System.Diagnostics;

namespace PluginUpgrade.PostgresTests.Terminals;

/// <summary>
/// What is missing, closed or full on a machine is its operator's to mend: it is told as that, and never as a fault of the program.
/// </summary>
public class WhatTheMachineRefuses(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="Shell">Before the program: <c>$@</c> is its call.</param>
    /// <param name="ExitCodes">Those that are right; 134 and the like are none.</param>
    public sealed record Trial(string Shell, int[] ExitCodes, params string[] Arguments);

    public static TheoryData<string> Trials => new TheoryData<string>(All.Keys).AtNightBut(
        "no directory for temporary files", "no HOME, no user, no PATH", "no current directory", "40 files", "90 files",
        "files that may not grow", "saves that may not grow", "a log directory that is a file",
        "settings that are a directory", "nobody to answer", "saves on a device");

    private static readonly Dictionary<string, Trial> All = new()
    {
        ["no directory for temporary files"] = new("TMPDIR=/no/such exec \"$@\"", [2]),
        ["one that is a file"] = new("TMPDIR=/etc/passwd exec \"$@\"", [2]),
        ["no HOME, no user, no PATH"] = new("exec env -i \"$@\"", [0]),
        ["HOME that is not there"] = new("HOME=/no/such exec \"$@\"", [0]),
        ["a locale that is not there"] = new("LANG=xx_YY.nonsense LC_ALL=xx_YY.nonsense exec \"$@\"", [0]),
        ["a locale of one byte"] = new("LC_ALL=en_US.ISO-8859-1 exec \"$@\"", [0]),
        ["no current directory"] = new("mkdir gone; cd gone; rmdir ../gone; exec \"$@\"", [0]),
        ["40 files"] = new("ulimit -n 40; exec \"$@\"", [2]),
        ["90 files"] = new("ulimit -n 90; exec \"$@\"", [2]),
        ["so many files as it needs"] = new("ulimit -n 256; exec \"$@\"", [0]),
        ["files that may not grow"] = new(
            "mkdir copies; trap '' XFSZ; ulimit -f 0; DOTNET_EnableWriteXorExecute=0 exec \"$@\"", [2], "--Modules:CopyDirectory=copies"),
        ["saves that may not grow"] = new(
            "trap '' XFSZ; ulimit -f 0; DOTNET_EnableWriteXorExecute=0 exec \"$@\"", [1, 2], "save"),
        ["a log directory that is a file"] = new("rm -rf data; mkdir data; echo x > data/upgrade-logs; exec \"$@\"", [0, 2]),
        ["data that is a file"] = new("rm -rf data; echo x > data; exec \"$@\"", [0, 1, 2]),
        ["a log directory that leads nowhere"] = new("rm -rf data; mkdir data; ln -s /no/such data/upgrade-logs; exec \"$@\"", [0, 2]),
        ["settings that are a directory"] = new("rm krang-upgrade.json; mkdir krang-upgrade.json; exec \"$@\"", [2]),
        ["settings that are no text"] = new("head -c 100 /dev/urandom > krang-upgrade.json; exec \"$@\"", [2]),
        ["modules that are a file"] = new("exec \"$@\"", [2], "--modules", "/etc/passwd"),
        ["nobody to answer"] = new("exec \"$@\" <&-", [2], "restore"),
        ["an answer that is a directory"] = new("exec \"$@\" </", [2], "restore"),
        ["saves in a file"] = new("exec \"$@\"", [1, 2], "save", "--Save:Directory=/etc/passwd"),
        ["saves on a device"] = new("exec \"$@\"", [1, 2], "save", "--Save:Directory=/proc/self"),
    };

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task E5u_is_told_as_that(string name)
    {
        var trial = All[name];
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        installation.Drop(Sample.ForInstances("V1_001"));
        if (trial.Arguments is ["restore"]) await installation.SucceedsAsync("save");
        var result = await ShellAsync(installation, trial);
        Assert.True(trial.ExitCodes.Contains(result.ExitCode), $"{result}");
        Refusal.IsForPeople(result);
        Assert.DoesNotContain("KU-5026", result.All);
    }

    /// <summary>As the others, where the user may not do it: root may do all.</summary>
    [Fact]
    public async Task E5u_is_told_as_that_where_the_user_may_not_write()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can become another user.");
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"));
        // A number that no user has: no name, no home, no rights.
        var result = await ShellAsync(installation, new Trial(
            "exec setpriv --reuid=54321 --regid=54321 --clear-groups \"$@\"", [0, 1, 2], "--Installation:Database=Host=127.0.0.1;Port=1"));
        Assert.True(result.ExitCode == 2, $"{result}");
        Refusal.IsForPeople(result);
    }

    [Fact]
    public async Task A_deleted_current_directory_is_not_taken_for_the_root_of_the_file_system()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var result = await ShellAsync(installation, new Trial("mkdir gone; cd gone; rmdir ../gone; exec \"$1\" plan", [2]));
        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Contains("KU-1009", result.All);
        Assert.Contains("/gone", result.All);
    }

    [Fact]
    public async Task A_first_settings_file_without_space_for_it_is_written_by_the_same_command_later()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var full = await ShellAsync(installation, new Trial(
            "rm krang-upgrade.json; trap '' XFSZ; ulimit -f 0; DOTNET_EnableWriteXorExecute=0 exec \"$@\"", [2], "init"));
        Assert.True(full.ExitCode == 2, $"{full}");
        Assert.Contains("KU-1116", full.All);
        Assert.Empty(Directory.GetFiles(installation.Root, "*krang-upgrade*"));
        var later = await ShellAsync(installation, new Trial("rm krang-upgrade.json; exec \"$@\"", [0], "init"));
        Assert.True(later.ExitCode == 0, $"{later}");
    }

    private static async Task<HostResult> ShellAsync(TestInstallation installation, Trial trial)
    {
        installation.WriteSettings();
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh",
            ["-c", trial.Shell, "sh", BuiltFiles.Program, .. trial.Arguments, "--root", installation.Root])
        {
            WorkingDirectory = installation.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (shell.StandardOutput.ReadToEndAsync(Token), shell.StandardError.ReadToEndAsync(Token));
        await shell.WaitForExitAsync(Token);
        return new HostResult(shell.ExitCode, await output, await error);
    }
}
