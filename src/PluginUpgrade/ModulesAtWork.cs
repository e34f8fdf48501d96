using System.Collections.Concurrent;

namespace PluginUpgrade;

/// <summary>
/// Modules running now, oldest first. Updated immediately, so that a module that ends the process can still be named. A module that ignores
/// its cancellation stays in the list.
/// </summary>
public static class ModulesAtWork
{
    private static readonly ConcurrentDictionary<long, (string What, long Due)> Running = new();
    private static long _last;

    public static IReadOnlyList<string> Now => [.. Running.OrderBy(entry => entry.Key).Select(entry => entry.Value.What)];

    /// <summary>Whether one of them has exceeded its limit by this much.</summary>
    public static bool AreOverdue(TimeSpan by) =>
        Running.Values.Any(one => one.Due < Environment.TickCount64 - (long)by.TotalMilliseconds);

    /// <param name="limit">The module's time limit; null: none.</param>
    internal static async Task<T> DuringAsync<T>(string what, Func<Task<T>> code, TimeSpan? limit = null)
    {
        var key = Interlocked.Increment(ref _last);
        Running[key] = (what, limit is { } time ? Environment.TickCount64 + (long)time.TotalMilliseconds : long.MaxValue);
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
