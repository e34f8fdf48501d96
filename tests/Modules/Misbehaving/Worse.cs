using Npgsql;
using PluginUpgrade;

namespace Misbehaving;

/// <summary>What harms the process and not only the step.</summary>
internal static class Worse
{
    private static readonly List<NpgsqlConnection> Leaked = [];

    /// <returns>Null where the word means none of these.</returns>
    public static Task? DoAsync(InstanceContext instance, string what, CancellationToken cancellationToken) => what switch
    {
        "hang" => Task.Delay(Timeout.Infinite, cancellationToken),
        "sleep in the server" => instance.ExecuteAsync("SELECT pg_sleep(600)", cancellationToken),
        "sleep in the server, deaf" => instance.ExecuteAsync("SELECT pg_sleep(600)", CancellationToken.None),
        "half" => HalfAsync(instance, cancellationToken),
        "sleep" => Sleep(),
        "spin" => Spin(),
        "never" => new TaskCompletionSource().Task,
        "exit" => Exit(0),
        "exit 130" => Exit(130),
        "fail fast" => FailFast(),
        "overflow" => Task.FromResult(Overflow(1)),
        "memory" => Task.FromResult(Memory()),
        "thread" => ThreadThatThrowsAsync(cancellationToken),
        "foreground thread" => ForegroundThread(),
        "own connection" => OwnConnectionAsync(instance, cancellationToken),
        "leak" => LeakAsync(instance, cancellationToken),
        "forget" => Forget(instance),
        "null" => NullTask(),
        "print" => Prints.EverywhereAsync(cancellationToken),
        "starve" => Starve(),
        _ => null,
    };

    /// <summary>Heeds its cancellation as loops do: by ending early, and without an exception.</summary>
    private static async Task HalfAsync(InstanceContext instance, CancellationToken cancellationToken)
    {
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            if (i == 0) await instance.ExecuteAsync("INSERT INTO story VALUES ('half')", CancellationToken.None);
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static Task Sleep()
    {
        Thread.Sleep(Timeout.Infinite);
        return Task.CompletedTask;
    }

    private static Task Spin()
    {
        for (var i = 0; ; i++) Volatile.Write(ref _spun, i);
    }

    private static int _spun;

    private static Task Exit(int code)
    {
        Environment.Exit(code);
        return Task.CompletedTask;
    }

    private static Task FailFast()
    {
        Environment.FailFast("on purpose");
        return Task.CompletedTask;
    }

    private static int Overflow(int depth) => depth == 0 ? 0 : Overflow(depth + 1) + Overflow(depth + 2);

    private static int Memory()
    {
        List<byte[]> kept = [];
        while (true)
        {
            kept.Add(new byte[16 << 20]);
            kept[^1].AsSpan().Fill(1);
        }
    }

    private static async Task ThreadThatThrowsAsync(CancellationToken cancellationToken)
    {
        new Thread(() => throw new InvalidOperationException("thrown in a thread on purpose")).Start();
        await Task.Delay(TimeSpan.FromMinutes(1), cancellationToken);
    }

    private static Task ForegroundThread()
    {
        new Thread(() => Thread.Sleep(Timeout.Infinite)) { IsBackground = false }.Start();
        return Task.CompletedTask;
    }

    private static async Task OwnConnectionAsync(InstanceContext instance, CancellationToken cancellationToken)
    {
        await using var own = new NpgsqlConnection(instance.Settings["Connection"]);
        await own.OpenAsync(cancellationToken);
        await using var write = new NpgsqlCommand("INSERT INTO public.own VALUES ('kept')", own);
        await write.ExecuteNonQueryAsync(cancellationToken);
        throw new InvalidOperationException("thrown on purpose");
    }

    private static async Task LeakAsync(InstanceContext instance, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 5; i++)
        {
            var own = new NpgsqlConnection(instance.Settings["Connection"]);
            lock (Leaked) Leaked.Add(own);
            await own.OpenAsync(cancellationToken);
        }
    }

    private static Task Forget(InstanceContext instance)
    {
        _ = instance.ExecuteAsync("SELECT pg_sleep(600)", CancellationToken.None);
        return Task.CompletedTask;
    }

    private static Task NullTask() => null!;

    /// <summary>Every thread of the pool waits for ever, and so would a thousand more.</summary>
    private static Task Starve()
    {
        for (var i = 0; i < 1000; i++) ThreadPool.UnsafeQueueUserWorkItem(_ => Thread.Sleep(Timeout.Infinite), null);
        Thread.Sleep(Timeout.Infinite);
        return Task.CompletedTask;
    }
}
