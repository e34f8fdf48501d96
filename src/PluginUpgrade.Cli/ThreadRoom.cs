namespace PluginUpgrade.Cli;

/// <summary>
/// Modules may block every thread of the pool: then the run, its end and its time limits all stand still. A dedicated thread checks
/// whether the pool still starts new work, and if it does not, adds threads.
/// </summary>
internal sealed class ThreadRoom : IDisposable
{
    /// <summary>Threads added at a time, beyond one for each waiting work item; and the most threads in total.</summary>
    private const int More = 32, Most = 4_000;

    private const int Tries = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ManualResetEvent _ended = new(false);
    private readonly Func<bool> _isToEnd;
    private readonly Action _end;

    /// <param name="isToEnd">Whether running steps should be cancelled.</param>
    /// <param name="end">Ends the process. Called once, if more threads did not help.</param>
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
            // Not disposed: the pool may set it much later.
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
