using System.Globalization;
using System.Runtime;

/// <summary>
/// Started by the runtime in any program whose environment has DOTNET_STARTUP_HOOKS
/// (https://github.com/dotnet/runtime/blob/main/docs/design/features/host-startup-hook.md). It writes what the program took to the file
/// that KRANG_BENCH_PROBE names: a line for each figure, then a line for each assembly that was loaded. At the program's end; and every few
/// milliseconds, since the host ends its process without a word to anybody in it.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("KRANG_BENCH_PROBE") is not { Length: > 0 } file) return;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Write(file);
        new Thread(() =>
        {
            for (; ; Thread.Sleep(5)) Write(file);
        })
        { IsBackground = true }.Start();
    }

    private static void Write(string file)
    {
        var written = $"{file}.{Environment.CurrentManagedThreadId}";
        var (methods, compiling) = (JitInfo.GetCompiledMethodCount(), JitInfo.GetCompilationTime());
        var assemblies = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name ?? "");
        File.WriteAllLines(written,
        [
            methods.ToString(CultureInfo.InvariantCulture),
            compiling.TotalMilliseconds.ToString(CultureInfo.InvariantCulture),
            PeakKilobytes().ToString(CultureInfo.InvariantCulture),
            .. assemblies.Where(name => name != "Probe"),
        ]);
        // Whole, whenever the process ends.
        File.Move(written, file, overwrite: true);
    }

    /// <summary>The most memory that the process ever had resident.</summary>
    private static long PeakKilobytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}
