namespace PluginUpgrade.Cli;

/// <summary>
/// Modules may keep every thread of the pool busy, and then nothing proceeds: neither the run nor its end, and no time limit. This looks
/// from a thread of its own whether the pool still gets to new work, and gives it more threads where it does not.
/// </summary>
internal sealed class ThreadRoom : IDisposable
{
    /// <summary>At a time, beside those that wait for one; and in all.</summary>
    private const int More = 32, Most = 4_000;

    private const int Tries = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ManualResetEvent _ended = new(false);
    private readonly Func<bool> _isToEnd;
    private readonly Action _end;

    /// <param name="isToEnd">Whether running steps are to be cancelled.</param>
    /// <param name="end">Called once where more threads did not help: ends the process.</param>
    public ThreadRoom(Func<bool> isToEnd, Action end)
    {
        (_isToEnd, _end) = (isToEnd, end);
        new Thread(Look) { IsBackground = true, Name = "thread room" }.Start();
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
            var wanted = ThreadPool.ThreadCount + More + Math.Min(ThreadPool.PendingWorkItemCount, 1_000);
            ThreadPool.SetMinThreads((int)Math.Min(wanted, Most), ports);
            if (_isToEnd() && ++missed == Tries) _end();
        }
    }

    public void Dispose() => _ended.Set();
}
