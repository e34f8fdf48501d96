using System.Diagnostics;
using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Verbs;

/// <summary>G1m: in real shells on a terminal, with the script that the program prints. What is typed ends in TAB.</summary>
public class CompletionInShells
{
    private static readonly (string Typed, string Completed)[] Lines =
    [
        ("krang-upgrade sta", "krang-upgrade status"),
        ("krang-upgrade status ac", "krang-upgrade status acme"),
        // Several begin so: as far as they agree.
        ("krang-upgrade status gl", "krang-upgrade status glo"),
        ("krang-upgrade status acme --ex", "krang-upgrade status acme --ex"),
        ("krang-upgrade status acme --exi", "krang-upgrade status acme --exit-code"),
        ("krang-upgrade --to 1.0", "krang-upgrade --to 1.001"),
        ("krang-upgrade --to=1.0", "krang-upgrade --to=1.001"),
        ("krang-upgrade upgrade --exclude gle", "krang-upgrade upgrade --exclude gle"),
        ("krang-upgrade upgrade --exclude=glor", "krang-upgrade upgrade --exclude=gloria"),
        ("krang-upgrade accept 1", "krang-upgrade accept 1.001"),
        ("krang-upgrade completion b", "krang-upgrade completion bash"),
        ("krang-upgrade --dry-run status ac", "krang-upgrade --dry-run status acme"),
        ("krang-upgrade --root ../other status ini", "krang-upgrade --root ../other status initech"),
        ("true; krang-upgrade status ac", "true; krang-upgrade status acme"),
        ("../bin/krang-upgrade status ac", "../bin/krang-upgrade status acme"),
        ("krang-upgrade --config krang-up", "krang-upgrade --config krang-upgrade.json"),
    ];

    [Theory]
    [InlineData("bash", "bash --norc --noprofile -i", "source <(krang-upgrade completion bash)")]
    [InlineData("zsh", "zsh -f -i", "autoload -Uz compinit; compinit -u -D; source <(krang-upgrade completion zsh)")]
    // As packages install it: found by its first line, in a directory of functions.
    [NightlyData("zsh", "zsh -f -i", "krang-upgrade completion zsh > ../bin/_krang-upgrade; fpath=($PWD/../bin $fpath); "
        + "autoload -Uz compinit; compinit -u -D")]
    [InlineData("fish", "fish --no-config -i", "krang-upgrade completion fish | source")]
    public async Task G1m_complete_verbs_options_instances_versions_and_files(string name, string shell, string source)
    {
        if (!IsInstalled(name)) Assert.Skip($"{name} is not installed: eng/install.sh installs it.");
        using var directory = new TempDirectory();
        var inside = Prepare(directory.Root);
        using var terminal = new ShellOnATerminal(shell, inside, directory.Root);
        await terminal.EnterAsync(source);

        foreach (var (typed, completed) in Lines)
            Assert.Equal((typed, completed), (typed, await terminal.CompleteAsync(typed)));
    }

    /// <summary>The script itself, where there is a PowerShell.</summary>
    [Fact]
    public async Task G1m_complete_in_PowerShell()
    {
        if (!IsInstalled("pwsh")) Assert.Skip("PowerShell is not installed, and no package source of this system has it.");
        using var directory = new TempDirectory();
        var inside = Prepare(directory.Root);
        var result = await CommandLines.RunAsync($$"""
            pwsh -NoProfile -Command '
              krang-upgrade completion powershell | Out-String | Invoke-Expression
              foreach ($line in "krang-upgrade status ac", "krang-upgrade --to 1.0") {
                (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText }'
            """, inside);
        Assert.Equal("acme\n1.001\n", result.Output);
    }

    [Fact]
    public async Task G1m_another_shell_is_refused_in_one_line_with_those_that_there_are()
    {
        var result = await CommandLines.RunAsync("krang-upgrade completion tcsh");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("error KU-1101 completion tcsh: the value must be bash, zsh, fish or powershell.\n", result.Error);
    }

    private static string Prepare(string directory)
    {
        Directory.CreateDirectory(Path.Combine(directory, "bin"));
        File.CreateSymbolicLink(Path.Combine(directory, "bin", "krang-upgrade"), BuiltFiles.Program);
        Installation(Path.Combine(directory, "other"), "initech");
        return Installation(Path.Combine(directory, "installation"), "acme", "globex", "gloria");
    }

    /// <summary>Nobody asks its database, which does not exist.</summary>
    private static string Installation(string root, params string[] instances)
    {
        Directory.CreateDirectory(Path.Combine(root, "upgrade"));
        File.WriteAllBytes(Path.Combine(root, "upgrade", "V1_001.dll"), ModuleAssembly.Of(Sample.Counting("V1_001")));
        var settings = new JsonObject
        {
            ["Installation"] = new JsonObject { ["Database"] = "Host=127.0.0.1;Port=1;Database=none;Username=nobody" },
            ["Instances"] = new JsonObject(
                instances.Select(name => KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["Schema"] = name }))),
        };
        File.WriteAllText(Path.Combine(root, "krang-upgrade.json"), settings.ToJsonString());
        return root;
    }

    private static bool IsInstalled(string program)
    {
        using var which = Process.Start(new ProcessStartInfo("which", program) { RedirectStandardOutput = true })!;
        which.WaitForExit();
        return which.ExitCode == 0;
    }
}
