using System.CommandLine;
using System.CommandLine.Completions;
using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Prints the script with which a shell completes words; it asks the program itself, by the directive [suggest].</summary>
public static class CompletionVerb
{
    private static readonly Argument<string> Shell = new("SHELL") { Description = "bash, zsh, fish or powershell." };

    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _krang_upgrade() {
              local IFS=$'\n'
              COMPREPLY=($(krang-upgrade "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null))
            }
            complete -o default -F _krang_upgrade krang-upgrade
            """,
        ["zsh"] = """
            #compdef krang-upgrade
            _krang_upgrade() {
              local -a words_found
              words_found=("${(@f)$(krang-upgrade "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
              compadd -a words_found
            }
            compdef _krang_upgrade krang-upgrade
            """,
        ["fish"] = """
            complete -c krang-upgrade -a '(krang-upgrade "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
            """,
        ["powershell"] = """
            Register-ArgumentCompleter -Native -CommandName krang-upgrade -ScriptBlock {
              param($word, $line, $position)
              krang-upgrade "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    static CompletionVerb() => UsageErrors.OnlyAmong(Shell, [.. Scripts.Keys]);

    public static Command Create(SharedOptions shared) =>
        new Command("completion", "Print the script that completes words in bash, zsh, fish or PowerShell.") { Shell }
            .Does(shared, context =>
            {
                var script = Scripts[context.Value(Shell)!];
                if (context.Output.IsJson) context.Output.Json(new { ExitCode = 0, Script = script });
                context.Output.WriteSql(script);
                return Task.FromResult(0);
            });

    /// <summary>Configured names: of the settings alone, as nobody wants a database to be asked for a completion.</summary>
    public static IEnumerable<CompletionItem> Instances(SharedOptions shared, CompletionContext context) => Quietly(() =>
        shared.ReadSettings(context.ParseResult).Settings.Instances.Select(instance => instance.Name));

    /// <summary>Of the modules in the drop folder.</summary>
    public static IEnumerable<CompletionItem> Versions(SharedOptions shared, CompletionContext context) => Quietly(() =>
    {
        var settings = shared.ReadSettings(context.ParseResult).Settings;
        return ModuleCatalogue.Scan(settings.Installation.Modules, settings.AllowInsecureModules).Modules
            .Select(module => module.Version.Text);
    });

    /// <summary>Where nothing can be read, nothing is suggested.</summary>
    private static IEnumerable<CompletionItem> Quietly(Func<IEnumerable<string>> words)
    {
        try
        {
            return [.. words().Distinct().Select(word => new CompletionItem(word))];
        }
        catch (Exception e) when (e is UpgradeException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>By what an option or an argument is called.</summary>
    public static void AddTo(RootCommand root, SharedOptions shared)
    {
        foreach (var command in root.Subcommands.Append<Command>(root))
        {
            foreach (var argument in command.Arguments)
            {
                // Help would list what may be meant, of a fleet thousands.
                argument.HelpName = argument.Name;
                Fill(argument.Name, argument.CompletionSources);
            }
            foreach (var option in command.Options) Fill(option.HelpName ?? "", option.CompletionSources, option.Name);
        }

        void Fill(string name, List<Func<CompletionContext, IEnumerable<CompletionItem>>> sources, string option = "")
        {
            Func<SharedOptions, CompletionContext, IEnumerable<CompletionItem>>? words = name switch
            {
                "INSTANCE" => Instances,
                "NAME" when option is "--instance" or "--exclude" => Instances,
                "V" or "MODULE" => Versions,
                _ => null,
            };
            if (words is null) return;
            // Options of verbs are made once for the process, and the command line is read again and again.
            sources.Clear();
            sources.Add(context => words(shared, context));
        }
    }
}
