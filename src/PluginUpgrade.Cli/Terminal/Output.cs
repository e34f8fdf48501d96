using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PluginUpgrade.Settings;
using Spectre.Console;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>Standard output carries results, standard error all else. Every text passes the redaction of secrets.</summary>
public sealed class Output : IDisposable
{
    private readonly JsonSerializerOptions _json;
    private readonly TextWriter _plainOut = Console.Out;
    private readonly RedactingWriter _out;
    private readonly RedactingWriter _error;
    private readonly bool _noColor;
    private bool _named;
    private JsonDocumentWriter? _document;

    private Output(bool json, bool quiet, bool verbose, bool noColor)
    {
        (IsJson, IsQuiet, IsVerbose) = (json, quiet, verbose);
        _noColor = noColor || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        (_out, _error) = (new RedactingWriter(_plainOut, Secrets), new RedactingWriter(Console.Error, Secrets));
        _json = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters =
            {
                new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower), new VersionConverter(), new RequirementConverter(Secrets),
                new RedactedText(Secrets),
            },
        };
    }

    public Secrets Secrets { get; } = new();

    public bool IsJson { get; }

    public bool IsQuiet { get; }

    public bool IsVerbose { get; }

    /// <summary>Whether progress may be drawn over itself.</summary>
    public bool IsLive =>
        !IsQuiet && !IsVerbose && !_noColor && !Console.IsErrorRedirected
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    public TextWriter Error => _error;

    public static Output Of(ParseResult parsed, SharedOptions shared)
    {
        var output = new Output(
            parsed.GetValue(shared.Json), parsed.GetValue(shared.Quiet), parsed.GetValue(shared.Verbose), parsed.GetValue(shared.NoColor));
        // A connection string where none belongs is repeated as what is not understood.
        foreach (var token in parsed.Tokens) output.Secrets.AddFrom(token.Value);
        return output;
    }

    /// <summary>The servers that a verb speaks to, once it knows them: told in the first line, and in each JSON document.</summary>
    public IReadOnlyList<string>? Servers { get; set; }

    /// <summary>Before any other line of a verb's results.</summary>
    public void NameServers()
    {
        if (Servers is not { Count: > 0 } servers || _named || IsJson) return;
        _named = true;
        _out.WriteLine(ServersLine(servers));
    }

    private static string ServersLine(IReadOnlyList<string> servers) =>
        $"{(servers.Count == 1 ? "server" : "servers")}: {Problem.Join(servers)}";

    /// <summary>A result for people; nothing in JSON, which has one document alone.</summary>
    public void Say(string line)
    {
        if (!IsJson) _out.WriteLine(line);
    }

    /// <summary>Progress and remarks.</summary>
    public void Tell(string line)
    {
        if (!IsQuiet) _error.WriteLine(line);
    }

    /// <summary>The one document; or the end of the one that was begun, which something came into the way of.</summary>
    public void Json(object document)
    {
        if (_document is null)
        {
            using var whole = JsonDocument();
            whole.Properties(document);
        }
        else
        {
            _document.Properties(document);
            _document.Dispose();
        }
    }

    /// <summary>The one document, written in parts.</summary>
    public JsonDocumentWriter JsonDocument()
    {
        _document = new(_plainOut, _json);
        if (Servers is not null) _document.Property("servers", Servers);
        return _document;
    }

    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
        {
            var heading = new Text(column, new Style(decoration: Decoration.Bold));
            table.AddColumn(new TableColumn(heading) { NoWrap = column != columns[^1] });
        }
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(Problem.Shown(Secrets.Redact(cell)))));
        ConsoleOn(_out, Console.IsOutputRedirected).Write(table);
    }

    /// <summary>Problems that do not stop anything; on standard error also beside JSON, which not every verb puts them into.</summary>
    public void Warn(IEnumerable<Problem> problems)
    {
        foreach (var problem in problems.Where(problem => problem.Severity == Severity.Warning)) Print("warning", problem);
    }

    /// <summary>Errors, with what to do next.</summary>
    public void Print(IEnumerable<Problem> problems)
    {
        foreach (var problem in problems.OrderBy(problem => problem.Severity))
            Print(problem.Severity == Severity.Error ? "error" : "warning", problem);
    }

    /// <summary>Says that nothing was touched, and why.</summary>
    /// <returns>The exit code: 2.</returns>
    public int Refuse(IReadOnlyList<Problem> problems)
    {
        if (IsJson) Json(new { Outcome = "refused", ExitCode = 2, Problems = problems });
        else
        {
            if (Servers is { Count: > 0 } servers && !_named) _error.WriteLine(ServersLine(servers));
            Print(problems);
            var errors = problems.Count(problem => problem.Severity == Severity.Error);
            _error.WriteLine($"refused: {Words.Count(errors, "problem")}; nothing was changed.");
        }
        return 2;
    }

    /// <summary>A console for drawing on standard error.</summary>
    public IAnsiConsole ErrorConsole() => ConsoleOn(_error, Console.IsErrorRedirected);

    public void Dispose()
    {
        _out.Flush();
        _error.Flush();
    }

    private void Print(string kind, Problem problem)
    {
        _error.WriteLine($"{kind} {problem}");
        if (problem.Remedy.Length > 0) _error.WriteLine($"  -> {problem.Remedy}");
    }

    private IAnsiConsole ConsoleOn(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = _noColor || redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = _noColor || redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        // A pipe has no width; a program that reads it wants whole lines.
        if (redirected) console.Profile.Width = 10_000;
        return console;
    }

    private sealed class VersionConverter : JsonConverter<UpgradeVersion>
    {
        public override UpgradeVersion Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            UpgradeVersion.Parse(reader.GetString() ?? "");

        public override void Write(Utf8JsonWriter writer, UpgradeVersion value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Text);
    }

    /// <summary>As people read it.</summary>
    private sealed class RequirementConverter(Secrets secrets) : JsonConverter<Requirement>
    {
        public override Requirement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Requirement value, JsonSerializerOptions options) =>
            writer.WriteStringValue(secrets.Redact(value.ToString()));
    }
}
