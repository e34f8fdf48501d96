using System.CommandLine;
using System.Text.Json;
using PluginUpgrade.Settings;
using Spectre.Console;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// Standard output carries results, standard error all else. Every text passes the redaction of secrets, and what would act on a terminal
/// is spelled out.
/// </summary>
public sealed class Output : IDisposable
{
    private const int BrokenPipe = 32; // EPIPE

    /// <summary>From the cursor to the end of the screen.</summary>
    private const string EraseBelow = "\e[J";

    private readonly JsonSerializerOptions _json;

    /// <summary>For JSON, in which each text is redacted by itself.</summary>
    private readonly PrintableWriter _plainOut = new(StandardStreams.Out);
    private readonly RedactingWriter _out;
    private readonly RedactingWriter _error;
    private readonly LineWriter _console;
    private readonly bool _noColor;
    private readonly IReadOnlyList<string> _words;
    private readonly HashSet<Problem> _warned = [];
    private bool _named;
    private bool _namedCommand;

    /// <summary>While something is drawn on standard error: the only way to write there.</summary>
    private volatile IAnsiConsole? _drawnOn;

    /// <summary>How long the line of progress is that stands on standard error without an end.</summary>
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

    /// <summary>Whether progress may be drawn over itself. Not beside a document, which may be written to the same terminal.</summary>
    public bool IsLive =>
        !IsJson && !IsQuiet && !IsVerbose && !_noColor && StandardStreams.ErrorWidth is not null
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>For texts of several lines that are to stay as they are.</summary>
    public TextWriter Error => _error;

    /// <param name="words">The command line; empty where it is not to be typed again.</param>
    public static Output Of(ParseResult parsed, SharedOptions shared, IReadOnlyList<string> words)
    {
        var output = new Output(
            parsed.GetValue(shared.Json), parsed.GetValue(shared.Quiet), parsed.GetValue(shared.Verbose), parsed.GetValue(shared.NoColor),
            words);
        // A connection string where none belongs is repeated as what is not understood.
        foreach (var token in parsed.Tokens) output.Secrets.AddFrom(token.Value);
        return output;
    }

    /// <summary>The servers that a verb speaks to, once it knows them: told in the first line, and in each JSON document.</summary>
    public IReadOnlyList<string>? Servers { get; set; }

    /// <summary>Before any other line. With the results of a verb that shows; with the progress of one that does something.</summary>
    public void NameServers(bool isResult = false)
    {
        if (Servers is not { Count: > 0 } servers || _named) return;
        _named = true;
        if (isResult) WriteResult(ServersLine(servers));
        else WriteProgress(ServersLine(servers));
    }

    private static string ServersLine(IReadOnlyList<string> servers) =>
        $"{(servers.Count == 1 ? "server" : "servers")}: {Problem.Join(servers)}";

    /// <summary>A result for people; nothing in JSON, which has one document alone.</summary>
    public void WriteResult(string line)
    {
        if (!IsJson) _out.WriteLine(Printable.Text(line));
    }

    /// <summary>The same for SQL, whose lines are all the user's.</summary>
    public void WriteSql(string sql)
    {
        if (!IsJson) _out.WriteLine(sql);
    }

    /// <summary>Progress.</summary>
    public void WriteProgress(string line)
    {
        if (!IsQuiet) Remark(line);
    }

    /// <summary>On standard error also where the user wants no progress. Above what is drawn there.</summary>
    public void Remark(string line)
    {
        lock (_error)
        {
            if (_redrawn > 0) Redraw("");
            EndQuestion();
            // Written as it is, not in lines of the drawing's own: what is copied from a terminal has no line ends that nobody wrote.
            // What is drawn is taken away first: a line that is longer than the terminal is wide would be written over its beginning alone.
            if (_drawnOn is { } console)
                console.Write(new ControlCode($"{EraseBelow}{Printable.Text(Secrets.Redact(line))}{Environment.NewLine}"));
            else _error.WriteLine(Printable.Text(line));
        }
    }

    /// <summary>What modules write to the console.</summary>
    private void WriteAsIs(string text)
    {
        lock (_error)
        {
            if (_redrawn > 0) Redraw("");
            _error.Write(text);
        }
    }

    /// <summary>Takes the terminal for a view that draws itself again and again; everybody else writes above it.</summary>
    public IAnsiConsole BeginDrawing() => _drawnOn = ErrorConsole();

    public void EndDrawing()
    {
        _drawnOn = null;
        _console.Flush();
    }

    /// <summary>A question; the answer follows on its line.</summary>
    public void Ask(string question)
    {
        WriteAsIs(Printable.Line(question));
        _error.Flush();
        _asking = true;
    }

    /// <summary>The answer has ended the question's line.</summary>
    public void OnAnswer() => _asking = false;

    /// <summary>What interrupts a question begins a line of its own.</summary>
    private void EndQuestion()
    {
        if (_asking) _error.WriteLine();
        _asking = false;
    }

    /// <summary>Draws a line of progress over the one before it, no longer than the terminal is wide. Empty: takes it away.</summary>
    public void Redraw(string line)
    {
        lock (_error)
        {
            var shown = Secrets.Redact(Printable.Line(line));
            if (StandardStreams.ErrorWidth is { } width && shown.Length >= width) shown = shown[..Math.Max(1, width - 1)];
            StandardStreams.Error.Write($"\r{shown.PadRight(_redrawn)}{(shown.Length == 0 ? "\r" : "")}");
            _redrawn = shown.Length;
        }
    }

    /// <summary>The one document; or the end of the one that was begun, which something came into the way of.</summary>
    /// <param name="outcome">One of <see cref="Outcome"/>.</param>
    /// <param name="more">What only this verb tells.</param>
    public void Json(string outcome, int exitCode, IEnumerable<Problem> problems, object? more = null)
    {
        using var document = _document ?? JsonDocument();
        document.Outcome(outcome, exitCode, problems);
        if (more is not null) document.Properties(more);
    }

    /// <summary>The one document, written in parts. It begins as all do; its outcome follows what is written as it comes.</summary>
    public JsonDocumentWriter JsonDocument()
    {
        _document = new(_plainOut, _json);
        _document.Property("servers", Servers ?? []);
        return _document;
    }

    /// <summary>A result for people, as <see cref="WriteResult"/>.</summary>
    public void Table(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (IsJson) return;
        var console = ConsoleOn(StandardStreams.Out, StandardStreams.OutWidth);
        // Redacted here: what the table breaks over two lines is not recognised any more.
        List<IReadOnlyList<string>> cells =
            [.. rows.Select(row => (IReadOnlyList<string>)[.. row.Select(cell => Printable.Line(Secrets.Redact(cell)))])];
        console.Write(TextTable.Of(columns, cells, console.Profile.Width));
    }

    /// <summary>Problems that do not stop anything; on standard error also beside JSON, which not every verb puts them into.</summary>
    public void Warn(IEnumerable<Problem> problems)
    {
        foreach (var problem in problems.Warnings()) Print("warning", problem);
    }

    /// <summary>Errors, with what to do next.</summary>
    public void Print(IReadOnlyCollection<Problem> problems)
    {
        foreach (var problem in problems.OrderBy(problem => problem.Severity))
            Print(problem.Severity == Severity.Error ? "error" : "warning", problem);
        if (problems.Any(problem => problem.Remedy.Contains("the same command", StringComparison.Ordinal))) NameSameCommand();
    }

    /// <summary>Which one "the same command" is, once; nothing in JSON, whose reader has sent it.</summary>
    public void NameSameCommand()
    {
        if (IsJson || _namedCommand || _words.Count == 0) return;
        _namedCommand = true;
        Remark($"the same command: krang-upgrade {string.Join(' ', _words.Select(NextCommand.Quote))}");
    }

    /// <summary>Says that nothing was touched, and why.</summary>
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
    /// Tells where results could not be written. Where something was changed, the exit code says how that went anyway; else the
    /// result was all that there is, and the exit code tells. Who closes a pipe wants no more, and no words about it.
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

    /// <summary>What only --verbose shows.</summary>
    public void TellDetails(Problem problem)
    {
        if (IsVerbose && problem.Details.Length > 0) Remark($"    {problem.Details}");
    }

    private void Print(string kind, Problem problem)
    {
        // What was a warning before a question is the error where the answer is no.
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

    /// <param name="width">Null where it is no terminal.</param>
    private IAnsiConsole ConsoleOn(TextWriter writer, int? width)
    {
        var plain = _noColor || width is null;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(new RedactingWriter(writer, Secrets)),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        // A pipe has no width; a program that reads it wants whole lines.
        console.Profile.Width = width ?? 10_000;
        return console;
    }
}
