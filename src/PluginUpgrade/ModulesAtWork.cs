using System.Collections.Concurrent;

namespace PluginUpgrade;

/// <summary>
/// Which modules' code this process is in at the moment, in the order of their beginnings: known without a delay, so that it can still be
/// said who it was when one of them ends the process. A module that ignores its cancellation stays in it.
/// </summary>
public static class ModulesAtWork
{
    private static readonly ConcurrentDictionary<long, string> Running = new();
    private static long _last;

    public static IReadOnlyList<string> Now => [.. Running.OrderBy(entry => entry.Key).Select(entry => entry.Value)];

    internal static async Task<T> DuringAsync<T>(string what, Func<Task<T>> code)
    {
        var key = Interlocked.Increment(ref _last);
        Running[key] = what;
        try
        {
            return await code();
        }
        finally
        {
            Running.TryRemove(key, out _);
        }
    }
}
