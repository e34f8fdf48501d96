namespace PluginUpgrade.Harness;

/// <summary>Modules whose effects can be counted: run twice, or not at all, they show it.</summary>
public static class Sample
{
    /// <summary>Counts its calls in table <c>calls</c> of the installation and of each instance.</summary>
    public static ModuleSource Counting(string name) => new(name) { PerInstallation = Count(name), PerInstance = Count(name) };

    /// <summary>Counts its calls in instances; has no step for the installation.</summary>
    public static ModuleSource ForInstances(string name) => new(name) { PerInstance = Count(name) };

    /// <summary>Counts its call in the installation; has no step for instances.</summary>
    public static ModuleSource ForInstallation(string name) => new(name) { PerInstallation = Count(name), PerInstance = null };

    /// <summary>Does its work in instances, and then waits until the gate is opened.</summary>
    public static ModuleSource Gated(string name) => new(name) { PerInstance = $"{Count(name)}; {Gate.Wait}" };

    /// <summary>What a counting module sends.</summary>
    public static string Count(string name) => $"CREATE TABLE IF NOT EXISTS calls (module text); INSERT INTO calls VALUES ('{name}')";

    /// <summary>The modules that ran in the schema, in the order of their calls.</summary>
    public static async Task<List<string>> CallsAsync(this TestInstallation installation, string schema, string? database = null) =>
        await installation.QueryAsync($"SELECT 1 FROM pg_tables WHERE schemaname = '{schema}' AND tablename = 'calls'", database) is []
            ? [] : await installation.QueryAsync($"SELECT module FROM {PostgresName.Quote(schema)}.calls ORDER BY ctid", database);

    /// <summary>Runs the program, which is to succeed.</summary>
    public static async Task<HostResult> SucceedsAsync(this TestInstallation installation, params string[] arguments)
    {
        var result = await installation.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{result}");
        return result;
    }
}
