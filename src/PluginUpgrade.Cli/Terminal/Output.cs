using System.CommandLine;
using System.Text.Json;
using PluginUpgrade.Settings;
using Spectre.Console;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// Standard output carries results, standard error everything else. Secrets are removed from every text, and control characters are
/// replaced by visible ones.
/// </summary>
public sealed class Output : IDisposable
{
    private const int BrokenPipe = 32; // EPIPE

    /// <summary>Erases from the cursor to the end of the screen.</summary>
    private const string EraseBelow = "\e[J";

    private readonly JsonSerializerOptions _json;

    /// <summary>For JSON documents: their strings are already redacted.</summary>
    private readonly PrintableWriter _plainOut = new(StandardStreams.Out);
    private readonly RedactingWriter _out;
    private readonly RedactingWriter _error;
    private readonly LineWriter _console;
    private readonly bool _noColor;
    private readonly IReadOnlyList<string> _words;
    private readonly HashSet<Problem> _warned = [];
    private bool _named;
    private bool _namedCommand;

    /// <summary>Set while a live view is drawn on standard error; all writing must then go through it.</summary>
    private volatile IAnsiConsole? _drawnOn;

    /// <summary>Width of the progress line on standard error that has no line end yet.</summary>
    private int _redrawn;
    private JsonDocumentWriter? _document;
    private volatile bool _asking;

    private Output(bool json, bool quiet, bool verbose, bool noColor, IReadOnlyList<string> words)
    {
        (_words, IsJson, IsQuiet, IsVerbose) = (words, json, quiet, verbose);
        _noColor = noColor || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        _out = new RedactingWriter(_plainOut, Secrets);
        _error = new RedactingWriter(new PrintableWriter(StandardStreams.Error), Secrets);
        _console = new LineWriter(() => _drawnOn is not null, Remark, WriteAsIs);
        StandardStreams.GiveConsole(_console);
        _json = JsonFormat.Of(Secrets);
    }

    public Secrets Secrets { get; } = new();

    public bool IsJson { get; }

    public bool IsQuiet { get; }

    public bool IsVerbose { get; }

    /// <summary>Whether progress may be redrawn in place. Not with --json: the document may go to the same terminal.</summary>
    public bool IsLive =>
        !IsJson && !IsQuiet && !IsVerbose && !_noColor && StandardStreams.ErrorWidth is not null
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Writes texts of several lines unchanged, except for redaction.</summary>
    public TextWriter Error => _error;

    /// <param name="words">The command line, to be repeated as "the same command"; empty if it cannot be used again.</param>
    public static Output Of(ParseResult parsed, SharedOptions shared, IReadOnlyList<string> words)
    {
        var output = new Output(
            parsed.GetValue(shared.Json), parsed.GetValue(shared.Quiet), parsed.GetValue(shared.Verbose), parsed.GetValue(shared.NoColor),
            words);
        // An error message may repeat a connection string that was given in the wrong place.
        foreach (var token in parsed.Tokens) output.Secrets.AddFrom(token.Value);
        return output;
    }

    /// <summary>The servers that the verb connects to, once known: shown in the first line and in each JSON document.</summary>
    public IReadOnlyList<string>? Servers { get; set; }

    /// <summary>Writes the first line, which names the servers: as a result for verbs that only show, else as progress.</summary>
    public void NameServers(bool isResult = false)
    {
        if (Servers is not { Count: > 0 } servers || _named) return;
        _named = true;
        if (isResult) WriteResult(ServersLine(servers));
        else WriteProgress(ServersLine(servers));
    }

    private static string ServersLine(IReadOnlyList<string> servers) =>
        $"{(servers.Count == 1 ? "server" : "servers")}: {Problem.Join(servers)}";

    /// <summary>Writes a result for people; nothing with --json, where the document is the only output.</summary>
    public void WriteResult(string line)
    {
        if (!IsJson) _out.WriteLine(Printable.Text(line));
    }

    /// <summary>Like <see cref="WriteResult"/>, for SQL and scripts: later lines are not indented.</summary>
    public void WriteSql(string sql)
    {
        if (!IsJson) _out.WriteLine(sql);
    }

    /// <summary>Writes a line to standard error, unless --quiet is given.</summary>
    public void WriteProgress(string line)
    {
        if (!IsQuiet) Remark(line);
    }

    /// <summary>Writes a line to standard error, even with --quiet, above the live view.</summary>
    public void Remark(string line)
    {
        lock (_error)
        {
            if (_redrawn > 0) Redraw("");
            EndQuestion();
            // Written raw, so that the library adds no line breaks: text copied from the terminal stays whole.
            // The view is erased first: a line longer than the terminal's width would overwrite only a part of it.
            if (_drawnOn is { } console)
                console.Write(new ControlCode($"{EraseBelow}{Printable.Text(Secrets.Redact(line))}{Environment.NewLine}"));
            else _error.WriteLine(Printable.Text(line));
        }
    }

    /// <summary>Writes what modules write to the console.</summary>
    private void WriteAsIs(string text)
    {
        lock (_error)
        {
            if (_redrawn > 0) Redraw("");
            _error.Write(text);
        }
    }

    /// <summary>Begins a live view on the terminal; all other output is written above it.</summary>
    public IAnsiConsole BeginDrawing() => _drawnOn = ErrorConsole();

    public void EndDrawing()
    {
        _drawnOn = null;
        _console.Flush();
    }

    /// <summary>Writes a question; the answer is typed on the same line.</summary>
    public void Ask(string question)
    {
        WriteAsIs(Printable.Line(question));
        _error.Flush();
        _asking = true;
    }

    /// <summary>To be called after an answer: the Enter key has ended the question's line.</summary>
    public void OnAnswer() => _asking = false;

    /// <summary>Output that interrupts a question begins on a new line.</summary>
    private void EndQuestion()
    {
        if (_asking) _error.WriteLine();
        _asking = false;
    }

    /// <summary>Draws a progress line over the previous one, cut to the terminal's width. An empty line erases it.</summary>
    public void Redraw(string line)
    {
        lock (_error)
        {
            var shown = Secrets.Redact(Printable.Line(line));
            if (StandardStreams.ErrorWidth is { } width) shown = CellText.Cut(shown, Math.Max(1, width - 1));
            var cells = shown.GetCellWidth();
            var rest = new string(' ', Math.Max(0, _redrawn - cells));
            StandardStreams.Error.Write($"\r{shown}{rest}{(cells == 0 ? "\r" : "")}");
            _redrawn = cells;
        }
    }

    /// <summary>Writes the JSON document, or ends the one that was begun and interrupted.</summary>
    /// <param name="outcome">One of <see cref="Outcome"/>.</param>
    /// <param name="more">The properties that only this verb has.</param>
    public void Json(string outcome, int exitCode, IEnumerable<Problem> problems, object? more = null)
    {
        using var document = _document ?? JsonDocument();
        document.Outcome(outcome, exitCode, problems);
        if (more is not null) document.Properties(more);
    }

    /// <summary>Begins the JSON document, to be written in parts. The outcome comes after the parts.</summary>
    public JsonDocumentWriter JsonDocument()
    {
        _document = new(_plainOut, _json);
        _document.Property("servers", Servers ?? []);
        return _document;
    }

    /// <summary>Writes a table for people; nothing with --json.</summary>
    public void Table(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (IsJson) return;
        var console = ConsoleOn(StandardStreams.Out, StandardStreams.OutWidth);
        // Redacted here: a secret that the table breaks over two lines would not be recognised.
        List<IReadOnlyList<string>> cells =
            [.. rows.Select(row => (IReadOnlyList<string>)[.. row.Select(cell => Printable.Line(Secrets.Redact(cell)))])];
        console.Write(TextTable.Of(columns, cells, console.Profile.Width));
    }

    /// <summary>Writes warnings to standard error, with --json too: not every verb puts them into its document.</summary>
    public void Warn(IEnumerable<Problem> problems)
    {
        foreach (var problem in problems.Warnings()) Print("warning", problem);
    }

    /// <summary>Writes problems with their remedies, errors first.</summary>
    public void Print(IReadOnlyCollection<Problem> problems)
    {
        foreach (var problem in problems.OrderBy(problem => problem.Severity))
            Print(problem.Severity == Severity.Error ? "error" : "warning", problem);
        if (problems.Any(problem => problem.Remedy.Contains("the same command", StringComparison.Ordinal))) NameSameCommand();
    }

    /// <summary>Writes the command line that "the same command" means, once; nothing with --json, whose caller knows it.</summary>
    public void NameSameCommand()
    {
        if (IsJson || _namedCommand || _words.Count == 0) return;
        _namedCommand = true;
        Remark($"the same command: krang-upgrade {string.Join(' ', _words.Select(NextCommand.Quote))}");
    }

    /// <summary>Reports that nothing was changed, and why.</summary>
    /// <returns>The exit code: 2.</returns>
    public int Refuse(IReadOnlyList<Problem> problems)
    {
        if (IsJson) Json(Outcome.Refused, 2, problems);
        else
        {
            if (Servers is { Count: > 0 } servers && !_named) Remark(ServersLine(servers));
            Print(problems);
            var errors = problems.Errors().Count();
            Remark($"refused: {Words.Count(errors, "problem")}; nothing was changed.");
        }
        return 2;
    }

    private IAnsiConsole ErrorConsole() => ConsoleOn(StandardStreams.Error, StandardStreams.ErrorWidth);

    /// <summary>
    /// Reports results that could not be written. If something was changed, the exit code still says how that went; else the result was the
    /// whole purpose, and the exit code is 2. A closed pipe is not reported: its reader wanted no more.
    /// </summary>
    public int ExitCode(int exitCode, bool hasBegun)
    {
        if (StandardStreams.OutFailure is not { } failure) return exitCode;
        var problem = new Problem("KU-1120", "standard output", $"The result could not be written completely: {failure.Message}.",
            hasBegun ? $"See the state of the targets: {NextCommand.Of("status")}" : "Free some space, and run the same command.",
            hasBegun ? Severity.Warning : Severity.Error);
        if (failure.HResult != BrokenPipe) Print([problem]);
        return !hasBegun && exitCode is 0 or 3 ? 2 : exitCode;
    }

    public void Dispose()
    {
        _out.Flush();
        _error.Flush();
    }

    /// <summary>Writes a problem's details; only with --verbose.</summary>
    public void TellDetails(Problem problem)
    {
        if (IsVerbose && problem.Details.Length > 0) Remark($"    {problem.Details}");
    }

    private void Print(string kind, Problem problem)
    {
        // A warning shown before a question becomes the error if the answer is no.
        var warned = problem with { Severity = Severity.Warning };
        if (problem.Severity == Severity.Warning) _warned.Add(warned);
        else if (_warned.Contains(warned))
        {
            Remark($"{kind} {problem with { Message = "Not confirmed; see the warning above." }}");
            return;
        }
        Remark($"{kind} {problem}");
        TellDetails(problem);
        if (problem.Remedy.Length > 0) Remark($"  -> {problem.Remedy}");
    }

    /// <param name="width">The terminal's width; null if it is no terminal.</param>
    private IAnsiConsole ConsoleOn(TextWriter writer, int? width)
    {
        var plain = _noColor || width is null;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(new RedactingWriter(writer, Secrets)),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        // A pipe has no width; a program that reads it needs whole lines.
        console.Profile.Width = width ?? 10_000;
        return console;
    }
}
