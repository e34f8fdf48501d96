namespace PluginUpgrade.Cli;

/// <summary>
/// Modules may keep every thread of the pool busy, and then nothing goes on that was asked to stop: neither the run nor its end. This looks
/// from a thread of its own whether the pool still gets to new work, and gives it more threads where it does not.
/// </summary>
/// <param name="isAborting">Whether running steps are to be cancelled.</param>
/// <param name="end">Called once where more threads did not help: ends the process.</param>
internal sealed class ThreadRoom(Func<bool> isAborting, Action end) : IDisposable
{
    private const int More = 32, Tries = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ManualResetEvent _ended = new(false);
    private int _watches;

    public void Watch()
    {
        if (Interlocked.Exchange(ref _watches, 1) == 0) new Thread(Look) { IsBackground = true, Name = "thread room" }.Start();
    }

    private void Look()
    {
        var missed = 0;
        while (!_ended.WaitOne(Patience / 2))
        {
            // Not disposed: the pool may come to it long after.
            var came = new ManualResetEventSlim();
            ThreadPool.UnsafeQueueUserWorkItem(came => came.Set(), came, preferLocal: false);
            if (came.Wait(Patience)) continue;
            ThreadPool.GetMinThreads(out _, out var ports);
            ThreadPool.SetMinThreads(ThreadPool.ThreadCount + More, ports);
            if (isAborting() && ++missed == Tries) end();
        }
    }

    public void Dispose() => _ended.Set();
}
