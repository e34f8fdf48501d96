namespace PluginUpgrade;

/// <summary>Does something again that failed or had no answer. Never a COMMIT: whether that happened is looked up.</summary>
public static class Retry
{
    /// <param name="tries">The last failure is the caller's.</param>
    /// <param name="mayHelp">Whether another try may succeed after this failure.</param>
    /// <param name="between">What comes before the next try: given the failure and the number of its try, from 1.</param>
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

    /// <summary>Until a try has an answer, with a pause after each that had none.</summary>
    /// <param name="attempt">Given its number, from 1. Ends the tries by an answer or an exception: null asks for another.</param>
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
