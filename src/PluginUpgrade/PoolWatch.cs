namespace PluginUpgrade;

/// <summary>
/// Time limits, signals and answers of servers reach the host's code over the threads of the pool, which modules use too: those that block
/// them would keep the host from ending them. A thread of its own looks whether the pool still answers, and gives it more threads where it
/// does not; where that does not help either, and somebody is to be ended, the process is.
/// </summary>
public sealed class PoolWatch : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>An answer that takes longer is none.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>For how long more threads are tried.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>So many threads a module may block.</summary>
    private const int MostThreads = 4_000;

    private readonly ManualResetEventSlim _end = new();
    private readonly Func<bool> _isToEnd;
    private readonly Action _giveUp;

    /// <param name="isToEnd">Whether the user has asked for an end at once.</param>
    /// <param name="giveUp">Ends the process.</param>
    public PoolWatch(Func<bool> isToEnd, Action giveUp)
    {
        (_isToEnd, _giveUp) = (isToEnd, giveUp);
        new Thread(Watch) { IsBackground = true, Name = "watching the thread pool" }.Start();
    }

    private void Watch()
    {
        var since = Environment.TickCount64;
        while (!_end.Wait(Pause))
        {
            if (Answers()) since = Environment.TickCount64;
            else if (Environment.TickCount64 - since > Limit.TotalMilliseconds && SomebodyIsToEnd()) _giveUp();
            else Feed();
        }
    }

    private bool SomebodyIsToEnd() => _isToEnd() || ModulesAtWork.AreOverdue(Limit);

    /// <summary>Behind everything that is in the pool's queue by now, as the host's own work is.</summary>
    private static bool Answers()
    {
        var answered = new ManualResetEventSlim();
        ThreadPool.UnsafeQueueUserWorkItem(static answered => answered.Set(), answered, preferLocal: false);
        return answered.Wait(Patience);
    }

    private static void Feed()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        var wanted = ThreadPool.ThreadCount + Math.Min(ThreadPool.PendingWorkItemCount, 1_000) + 16;
        if (wanted > workers && workers < MostThreads) ThreadPool.SetMinThreads((int)Math.Min(wanted, MostThreads), ports);
    }

    public void Dispose() => _end.Set();
}
