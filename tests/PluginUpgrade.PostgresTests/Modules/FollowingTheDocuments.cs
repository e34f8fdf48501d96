using System.Diagnostics;

namespace PluginUpgrade.PostgresTests.Modules;

/// <summary>The commands of README.md and docs/modules.md, run as they stand, in a home directory of their own.</summary>
public class FollowingTheDocuments
{
    [Nightly]
    [Fact]
    public async Task G1k_Leads_from_an_empty_folder_to_a_running_module()
    {
        using var home = new TempDirectory(open: false);
        WriteSources(home.Root);
        var repository = Repository();
        var install = Block(Path.Combine(repository, "README.md"), "dotnet pack");
        var copy = Block(Path.Combine(repository, "README.md"), "dotnet publish");
        var author = Block(Path.Combine(repository, "docs", "modules.md"), "mkdir cms");
        const string template = "dotnet new krang-module -n V1_002 -o modules/V1_002";
        Assert.Contains(template, File.ReadAllText(Path.Combine(repository, "docs", "modules.md")));

        // A copy of the sources: other tests run what is built in the repository itself.
        var sources = Directory.CreateDirectory(Path.Combine(home.Root, "sources")).FullName;
        await RunAsync(home.Root, repository, $"""
            tar -cf - --exclude=bin --exclude=obj src eng Directory.*.props global.json .editorconfig LICENSE README.md |
              tar -xf - -C '{sources}'
            """);
        await RunAsync(home.Root, sources, install);
        await RunAsync(home.Root, sources, copy);
        var shown = await RunAsync(home.Root, home.Root, $"""
            export PATH="$PATH:$HOME/.dotnet/tools"
            {author}
            {template}
            dotnet build -c Release modules/V1_002
            dotnet new krang-module -n 1.003 -o modules/other
            grep 'class V1_003 ' modules/other/V1_003.cs
            rm -r modules/other
            krang-upgrade --yes
            krang-upgrade status
            """);

        Assert.Matches(@"(?m)^acme +active +1\.001 ", shown);
        Assert.Matches(@"(?m)^acme +active +1\.002 ", shown);
    }

    /// <summary>Packages that this machine has: nothing is fetched.</summary>
    private static void WriteSources(string home)
    {
        var cached = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var directory = Directory.CreateDirectory(Path.Combine(home, ".nuget", "NuGet")).FullName;
        File.WriteAllText(Path.Combine(directory, "NuGet.Config"), $"""
            <configuration><packageSources><clear /><add key="cached" value="{cached}" /></packageSources></configuration>
            """);
    }

    private static string Block(string file, string command) => File.ReadAllText(file).Split("```sh\n").Skip(1)
        .Select(text => text.Split("\n```")[0]).Single(text => text.Contains(command, StringComparison.Ordinal));

    private static async Task<string> RunAsync(string home, string directory, string commands)
    {
        var start = new ProcessStartInfo("bash", ["-euc", $"exec > ~/output 2>&1 < /dev/null\n{commands}"])
        {
            WorkingDirectory = directory,
            Environment = { ["HOME"] = home, ["DOTNET_CLI_HOME"] = home, ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1" },
        };
        // The compiler for native code comes from a feed, and here is none.
        start.Environment["CompileAhead"] = "false";
        foreach (var name in (string[])["NUGET_PACKAGES", "MSBUILDUSESERVER", "CI"]) start.Environment.Remove(name);
        // Else a server of the compiler, which keeps the output open, would outlive the command.
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var shell = Process.Start(start)!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        // Not a pipe: what a build leaves running would keep it open.
        var output = await File.ReadAllTextAsync(Path.Combine(home, "output"), TestContext.Current.CancellationToken);
        Assert.True(shell.ExitCode == 0, $"{commands}\n---\n{output}");
        return output;
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "PluginUpgrade.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
