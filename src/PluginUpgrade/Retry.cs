namespace PluginUpgrade;

/// <summary>Tries again after a failure or without an answer. Never used for COMMIT: whether that happened is looked up.</summary>
public static class Retry
{
    /// <param name="tries">The number of tries; the failure of the last one is thrown.</param>
    /// <param name="mayHelp">Whether another try can succeed after this failure.</param>
    /// <param name="between">Called before the next try, with the failure and the number of the failed try, from 1.</param>
    public static async Task<T> RunAsync<T>(
        int tries, Func<Task<T>> attempt, Func<Exception, bool> mayHelp, Func<Exception, int, Task>? between = null)
    {
        for (var number = 1; ; number++)
            try
            {
                return await attempt();
            }
            catch (Exception e) when (number < tries && mayHelp(e))
            {
                if (between is not null) await between(e, number);
            }
    }

    /// <summary>Tries until there is an answer, with a pause after each try without one.</summary>
    /// <param name="attempt">
    /// Called with the number of the try, from 1. Null asks for another try; an answer or an exception ends the tries.
    /// </param>
    public static async Task<T> UntilAsync<T>(
        Pause pause, TimeProvider time, Func<int, Task<T?>> attempt, CancellationToken cancellationToken) where T : class
    {
        for (var number = 1; ; number++)
        {
            if (await attempt(number) is { } answer) return answer;
            await pause.WaitAsync(number, time, cancellationToken);
        }
    }
}
