using System.Runtime.InteropServices;
using Npgsql;

namespace Asking;

/// <summary>What is hard on the process, or on whoever tells of a failure.</summary>
internal static class Odd
{
    private static readonly List<Delegate> Kept = [];

    public static Task DoAsync(string what, CancellationToken cancellationToken) => what switch
    {
        "nul" => throw new InvalidOperationException("before\0after"),
        "surrogate" => throw new InvalidOperationException("a half \ud83d of a pair \ude00"),
        "foreign" => throw new InvalidOperationException("€ and 猫"),
        "huge" => throw new InvalidOperationException(new string('x', 50_000_000)),
        "message throws" => throw new MessageThrows(),
        "message null" => throw new MessageNull(),
        "text throws" => throw new TextThrows(),
        "trace throws" => throw new TraceThrows(),
        "wrapped" => throw new InvalidOperationException("outer", new AggregateException(new MessageThrows())),
        "npgsql" => throw new NpgsqlMessageThrows(),
        "starve" => StarveAsync(3_000, cancellationToken),
        "register" => RegisterAsync(cancellationToken),
        "exit handlers" => HandlersAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "No such wish."),
    };

    private static async Task StarveAsync(int threads, CancellationToken cancellationToken)
    {
        for (var i = 0; i < threads; i++) _ = Task.Run(() => Thread.Sleep(Timeout.Infinite), CancellationToken.None);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    /// <summary>Called by whoever cancels.</summary>
    private static async Task RegisterAsync(CancellationToken cancellationToken)
    {
        await using var throwing = cancellationToken.Register(() => throw new InvalidOperationException("a callback on purpose"));
        await using var hanging = cancellationToken.Register(() => Thread.Sleep(Timeout.Infinite));
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
    }

    private static Task HandlersAsync()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Console.Error.WriteLine("said after the last word");
            Environment.ExitCode = 77;
            Thread.Sleep(Timeout.Infinite);
        };
        Action<int, nint> native = (_, _) => Thread.Sleep(Timeout.Infinite);
        Kept.Add(new ExitHandler(native.Invoke));
        if (OnExit((ExitHandler)Kept[^1], 0) != 0) throw new InvalidOperationException("on_exit");
        new Thread(() => Thread.Sleep(Timeout.Infinite)) { IsBackground = false }.Start();
        return Task.CompletedTask;
    }

    private delegate void ExitHandler(int status, nint argument);

    [DllImport("libc", EntryPoint = "on_exit")]
    private static extern int OnExit(ExitHandler handler, nint argument);

    private sealed class MessageThrows : Exception
    {
        public override string Message => throw new InvalidOperationException("no message for you");
    }

    private sealed class MessageNull : Exception
    {
        public override string Message => null!;
    }

    private sealed class NpgsqlMessageThrows : NpgsqlException
    {
        public override string Message => throw new InvalidOperationException("no message for you");
    }

    private sealed class TextThrows : Exception
    {
        public override string ToString() => throw new InvalidOperationException("no text for you");
    }

    private sealed class TraceThrows : Exception
    {
        public override string? StackTrace => throw new InvalidOperationException("no trace for you");
    }
}
