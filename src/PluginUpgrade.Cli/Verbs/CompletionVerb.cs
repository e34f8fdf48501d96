using System.CommandLine;
using System.CommandLine.Completions;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Prints the completion script of a shell. The script calls krang-upgrade with the directive [suggest].</summary>
public static class CompletionVerb
{
    private static readonly Argument<string> Shell = new("SHELL") { Description = "bash, zsh, fish or powershell." };

    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _krang_upgrade() {
              local IFS=$'\n'
              COMPREPLY=($("${1/#\~/$HOME}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null))
            }
            complete -o default -F _krang_upgrade krang-upgrade
            """,
        // To be sourced, or saved as _krang-upgrade in fpath. In --to=V only the value is completed.
        ["zsh"] = """
            #compdef krang-upgrade
            _krang_upgrade() {
              local typed="${(j: :)words[1,CURRENT-1]} $PREFIX"
              local -a found=("${(@f)$(${~words[1]} "[suggest:${#typed}]" "$typed" 2>/dev/null)}")
              [[ $PREFIX == -*=* ]] && compset -P '*='
              if (( ${#${(M)found:#?*}} )); then compadd -a found; else _files; fi
            }
            if [[ $funcstack[1] == _krang-upgrade ]]; then _krang_upgrade "$@"; else compdef _krang_upgrade krang-upgrade; fi
            """,
        ["fish"] = """
            function __krang_upgrade
              set -l typed (commandline -cp)
              set -l option (string match -r -- '^-.*=' (commandline -ct))
              set -l words (commandline -opc)
              for word in ($words[1] "[suggest:"(string length -- "$typed")"]" "$typed" 2>/dev/null)
                echo "$option$word"
              end
            end
            complete -c krang-upgrade -a '(__krang_upgrade)'
            """,
        ["powershell"] = """
            Register-ArgumentCompleter -Native -CommandName krang-upgrade -ScriptBlock {
              param($word, $line, $position)
              krang-upgrade "[suggest:$position]" "$line" 2>$null |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    static CompletionVerb() => Shell.OneOf([.. Scripts.Keys]);

    public static Command Create(SharedOptions shared) =>
        new Command("completion", "Print the script that completes words in bash, zsh, fish or PowerShell.") { Shell }
            .Does(shared, context =>
            {
                var script = Scripts[context.Value(Shell)!];
                if (context.Output.IsJson) context.Output.Json(Outcome.Done, 0, [], new { Script = script });
                context.Output.WriteSql(script);
                return Task.FromResult(0);
            });

    /// <summary>Instance names from the settings only: a completion must not connect to a database.</summary>
    public static IEnumerable<CompletionItem> Instances(SharedOptions shared, CompletionContext context) => Quietly(() =>
        shared.ReadSettings(context.ParseResult).Settings.Instances.Select(instance => instance.Name));

    /// <summary>The versions of the modules in the drop folder.</summary>
    public static IEnumerable<CompletionItem> Versions(SharedOptions shared, CompletionContext context) => Quietly(() =>
    {
        var settings = shared.ReadSettings(context.ParseResult).Settings;
        return ModuleCatalogue.Scan(settings.Installation.Modules, settings.AllowInsecureModules).Modules
            .Select(module => module.Version.Text);
    });

    /// <summary>If reading fails, nothing is suggested.</summary>
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

    /// <summary>Adds completions to options and arguments, selected by their names.</summary>
    public static void AddTo(RootCommand root, SharedOptions shared)
    {
        foreach (var command in root.Subcommands.Append<Command>(root))
        {
            foreach (var argument in command.Arguments)
            {
                // Without a HelpName, help would list all completions: thousands in a fleet.
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
            // Options of verbs exist once per process, but the command line may be parsed several times.
            sources.Clear();
            sources.Add(context => words(shared, context));
        }
    }
}
